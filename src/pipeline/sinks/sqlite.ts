import type { EventSink } from '../../event/event-sink.js';
import { SqliteStore } from '../../store/index.js';
import type { WarningCode } from '../../warnings.js';
import type { SqliteSinkOptions } from '../options.js';

const HOUR_MS = 3_600_000;
const MAINTAIN_MS = 60_000;
/** At a time: batches wait little longer than this for the upkeep. */
const STEP_MS = 40;

/** The SQLite store as a sink. `notify` is told what happens to the database by itself. */
export async function openSqliteSink(
  { path, retentionHours }: SqliteSinkOptions,
  notify: (code: WarningCode, message: string) => void,
): Promise<EventSink> {
  const store = await SqliteStore.open({
    ...(path !== undefined && { path }),
    ...(retentionHours !== undefined && { retentionMs: retentionHours * HOUR_MS }),
    onNotice: ({ code, message }) => notify(code, message),
  });
  let nextMs = performance.now();
  return {
    append: (run, events, options) => store.append(run, events, options),
    async maintain() {
      if (performance.now() < nextMs) return undefined;
      const result = await store.maintain({ budgetMs: STEP_MS });
      if (result.isDone) nextMs = performance.now() + MAINTAIN_MS;
      return result;
    },
    close: () => store.close(),
  };
}
