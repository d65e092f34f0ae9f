import type { RunInfo } from '../../event/recorded-event.js';
import type { recentAnswer } from '../../hub/schemas/answers.js';
import type { Answer } from '../../hub/schemas/typed.js';
import { readRun } from '../../wire/batch.js';
import { parseExactJson } from '../../wire/exact-json.js';
import { readStoredEvents } from '../../wire/stored-events.js';
import type { HubClient } from '../hub-client.js';
import { type CopySource, PAGE_EVENTS } from './copy-source.js';
import { pagesOf, RunsOf } from './stored-pages.js';

/** What a hub has, in the order of wall time: an event that comes meanwhile and is older than the page is not seen. */
export function hubSource(client: HubClient): CopySource {
  const runs = new RunsOf(async (run): Promise<RunInfo> => {
    const text = await client.get(`runs/${encodeURIComponent(run)}`);
    return readRun(parseExactJson(text));
  });
  return {
    pages: (first) =>
      pagesOf(runs, first, async (cursor) => {
        const params = { order: 'oldest', limit: String(PAGE_EVENTS), cursor };
        const text = await client.get('recent', params);
        const { items, next } = parseExactJson(text) as Answer<typeof recentAnswer>;
        return { events: readStoredEvents(items), next: next ?? undefined };
      }),
    close: () => undefined,
  };
}
