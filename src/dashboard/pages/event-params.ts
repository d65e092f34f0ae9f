import type { EventPage } from '../data/answers.js';
import { askEvents, pathOf } from '../data/api.js';
import { param, range } from '../data/router.js';
import { timeOf } from '../logic/time-range.js';

/** The span of time of the URL, as the hub takes it. */
export function rangeParams(): { from: string; to: string } {
  const { from, to } = range.value;
  const now = Date.now();
  const iso = (text: string): string => {
    const ms = timeOf(text, now);
    return ms === undefined ? '' : new Date(ms).toISOString();
  };
  return { from: iso(from), to: iso(to) };
}

const PAGE_ROWS = 50;

/** Asks for the events that the URL is about. @throws HubProblem (rejects). */
export const askShownEvents = (signal?: AbortSignal): Promise<EventPage> =>
  askEvents(
    pathOf('/recent', { ...eventParams(), cursor: param('cursor'), limit: PAGE_ROWS }),
    signal,
  );

/** What the hub is asked for events, from the URL. */
export const eventParams = (): Record<string, string> => ({
  where: param('where'),
  ...rangeParams(),
});
