import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { PageName } from '../logic/view.js';
import { EventsPage } from './events.js';

// Each page is loaded when somebody goes there; the events, where most time is spent, at once.

const PAGES = {
  overview: () => import('./overview.js'),
  requests: () => import('./requests.js'),
  request: () => import('./request.js'),
  graph: () => import('./graph.js'),
  adaptive: () => import('./adaptive.js'),
  alerts: () => import('./alerts.js'),
  sources: () => import('./sources.js'),
  projects: () => import('./projects.js'),
};

export function PageOf({ page }: { page: PageName }) {
  if (page === 'events') return <EventsPage />;
  return <LoadedPage key={page} load={PAGES[page]} />;
}

function LoadedPage({ load }: { load: () => Promise<{ default: ComponentType }> }) {
  const [Page, setPage] = useState<ComponentType>();
  useEffect(() => {
    void load().then(({ default: loaded }) => setPage(() => loaded));
  }, [load]);
  return Page === undefined ? null : <Page />;
}
