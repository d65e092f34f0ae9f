import type { EventSink } from '../../event/event-sink.js';
import type { EventStore } from '../../store/event-store.js';
import { ClickHouseStore, SqliteStore } from '../../store/index.js';
import type { CheckedClickHouseSink, SqliteSinkOptions } from '../options.js';
import type { Notify } from './open-sink.js';

const HOUR_MS = 3_600_000;
const MAINTAIN_MS = 60_000;
/** At a time: batches wait little longer than this for the upkeep. */
const STEP_MS = 40;

/** Opens the SQLite store of a sink. `notify` is told what happens to the database by itself. */
export function openSqlite(
  { path, retentionHours }: SqliteSinkOptions,
  notify: Notify,
): Promise<SqliteStore> {
  return SqliteStore.open({
    ...(path !== undefined && { path }),
    ...(retentionHours !== undefined && { retentionMs: retentionHours * HOUR_MS }),
    onNotice: ({ code, message }) => notify(code, message),
  });
}

export function openClickHouse({
  url,
  retentionHours,
}: CheckedClickHouseSink): Promise<EventStore> {
  return ClickHouseStore.open({
    url,
    ...(retentionHours !== undefined && { retentionMs: retentionHours * HOUR_MS }),
  });
}

/** A store as a sink: looked after from time to time. */
export function storeSink(store: EventStore): EventSink {
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
