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

/** What the hub is asked for events, from the URL. */
export const eventParams = (): Record<string, string> => ({
  where: param('where'),
  ...rangeParams(),
});
