import { render } from 'preact';
import { App } from './app.js';
import { findSession } from './data/open-session.js';
import { keepPreferences } from './data/preferences.js';
import { followLinks } from './data/router.js';
import './style/tokens.css';
import './style/base.css';
import './style/layout.css';
import './style/table.css';
import './style/pages.css';

keepPreferences();
followLinks();
const problem = await findSession();
// A link that is followed in this tab changes nothing but the fragment.
addEventListener('hashchange', () => void findSession());
render(<App problem={problem} />, document.getElementById('page') as HTMLElement);
