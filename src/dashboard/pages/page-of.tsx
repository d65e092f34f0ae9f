import { lazy, Suspense } from 'preact/compat';
import type { PageName } from '../logic/view.js';
import { EventsPage } from './events.js';

// Each page is loaded when somebody goes there; the events, where most time is spent, at once.

const PAGES = {
  overview: lazy(() => import('./overview.js')),
  requests: lazy(() => import('./requests.js')),
  request: lazy(() => import('./request.js')),
  graph: lazy(() => import('./graph.js')),
  adaptive: lazy(() => import('./adaptive.js')),
  alerts: lazy(() => import('./alerts.js')),
  sources: lazy(() => import('./sources.js')),
  projects: lazy(() => import('./projects.js')),
};

export function PageOf({ page }: { page: PageName }) {
  if (page === 'events') return <EventsPage />;
  const Page = PAGES[page];
  return (
    <Suspense fallback={null}>
      <Page />
    </Suspense>
  );
}
