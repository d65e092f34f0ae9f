import { render } from 'preact';
import { App } from './app.js';
import { keepAhead } from './data/ahead.js';
import { findSession, isLink } from './data/open-session.js';
import { keepPreferences } from './data/preferences.js';
import { followLinks, param, view } from './data/router.js';
import { askShownEvents } from './pages/event-params.js';
import './style/tokens.css';
import './style/base.css';
import './style/layout.css';
import './style/table.css';
import './style/pages.css';

// Questions first: the answers come while the page is made.
const hasLink = isLink();
const found = findSession();
if (view.value.page === 'events' && !hasLink && param('live') === '') keepAhead(askShownEvents());
keepPreferences();
followLinks();
// A link that is followed in this tab changes nothing but the fragment.
addEventListener('hashchange', () => void (isLink() && findSession()));
// Whoever has a session already is shown something at the same time.
if (hasLink) await found;
render(<App />, document.getElementById('page') as HTMLElement);
