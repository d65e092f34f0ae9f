import { constants, existsSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { TraceError } from '../../errors.js';
import { wallNsOf } from '../../event/clock.js';
import type { EventSink } from '../../event/event-sink.js';
import { formatEventJson } from '../../event/json-event.js';
import { checkHubSink } from '../../pipeline/hub-sink-options.js';
import { HubSink } from '../../pipeline/sinks/hub.js';
import { ClickHouseStore } from '../../store/clickhouse/clickhouse-store.js';
import type { RunBatch } from '../../store/event-store.js';
import { SqliteStore } from '../../store/sqlite/sqlite-store.js';
import { formatEventLine } from '../../wire/event-line.js';
import { formatExactJson } from '../../wire/exact-json.js';
import { WALL_CLOCK } from '../hub-source.js';
import { databaseMetadata, metadataJson } from '../metadata-json.js';

/** What became of a page. */
export interface CopyCounts {
  readonly inserted: number;
  /** Known from before. */
  readonly duplicates: number;
  /** Why events were refused for good. */
  readonly refused: readonly string[];
}

/** What is copied to. */
export interface CopyTarget {
  /** Durable when it resolves. @throws TraceError (rejects). */
  append(batches: readonly RunBatch[]): Promise<CopyCounts>;
  /** Bytes of a file so far, to go on after them. */
  readonly bytes?: number;
  /** @param isWhole - whether everything has been copied. */
  close(isWhole: boolean): Promise<void>;
}

/** Nothing that is copied is too old to be kept. */
const RETENTION_MS = 87_600 * 3_600_000;

/** Names of files of lines. */
const LINES = /\.(jsonl|ndjson)$/;

/**
 * Opens what is copied to, by how it is called.
 *
 * @param bytes - of a file, those of an earlier copy that goes on.
 * @throws TraceError (rejects) `ERR_TRACE_OPTION` for what cannot be copied to.
 */
export async function openTarget(
  to: string,
  env: NodeJS.ProcessEnv,
  bytes: number | undefined,
): Promise<CopyTarget> {
  if (/^clickhouses?:/.test(to)) {
    return sinkTarget(await ClickHouseStore.open({ url: to, retentionMs: RETENTION_MS }));
  }
  if (/^https?:/.test(to)) return sinkTarget(new HubSink(checkHubSink({ url: to }, env)));
  if (/\.(db|sqlite3?)$/.test(to)) {
    return sinkTarget(await SqliteStore.open({ path: to, retentionMs: RETENTION_MS }));
  }
  if (LINES.test(to)) return linesTarget(to, bytes);
  if (to.endsWith('.json')) return exportTarget(to);
  const kinds = 'a database (.db), lines (.jsonl), an export (.json), a hub (http:) or clickhouse:';
  throw new TraceError('ERR_TRACE_OPTION', `${to} is none of ${kinds}`);
}

/**
 * Says whether a copy to it may begin whose progress is written down.
 *
 * @throws TraceError `ERR_TRACE_FILE` when it is there; `ERR_TRACE_OPTION` when it cannot go on later.
 */
export function requireBeginning(to: string): void {
  if (LINES.test(to)) requireNone(to);
  if (!to.endsWith('.json')) return;
  throw new TraceError('ERR_TRACE_OPTION', `an export is written as a whole: ${to} has no --state`);
}

function sinkTarget(sink: EventSink): CopyTarget {
  return {
    async append(batches) {
      let [inserted, duplicates] = [0, 0];
      const refused: string[] = [];
      for (const { run, events } of batches) {
        // Whoever has recorded them, or an earlier copy, may have sent them by another way.
        const result = await sink.append(run, events, { durable: true, isRepeated: true });
        inserted += result.inserted;
        duplicates += result.duplicates;
        refused.push(...result.rejected.map(({ reason }) => reason));
      }
      return { inserted, duplicates, refused };
    },
    close: () => sink.close(),
  };
}

/** Lines as the JSON-lines sink writes them. */
async function linesTarget(path: string, bytes: number | undefined): Promise<CopyTarget> {
  if (bytes === undefined) requireNone(path);
  const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  // What came after the last page that is known to be whole is written again.
  await file.truncate(bytes ?? 0);
  let written = bytes ?? 0;
  return {
    async append(batches) {
      const lines = batches.flatMap(({ run, events }) =>
        events.map(
          (placed) => `${formatEventLine(run, placed, wallNsOf(run, placed.event.timestampNs))}\n`,
        ),
      );
      const text = Buffer.from(lines.join(''));
      await file.write(text, 0, text.length, written);
      await file.datasync();
      written += text.length;
      return { inserted: lines.length, duplicates: 0, refused: [] };
    },
    get bytes() {
      return written;
    },
    close: () => file.close(),
  };
}

/** An export on the wall clock, which events of several runs have in common; it has its name when it is whole. */
async function exportTarget(path: string): Promise<CopyTarget> {
  requireNone(path);
  const part = `${path}.part`;
  const file: FileHandle = await open(part, 'w', 0o600);
  let count = 0;
  await file.write('{"events":[');
  return {
    async append(batches) {
      const texts = batches.flatMap(({ run, events }) =>
        events.map(({ event }) =>
          formatEventJson({ ...event, timestampNs: wallNsOf(run, event.timestampNs) }),
        ),
      );
      await file.write((count === 0 ? '\n' : ',\n') + texts.join(',\n'));
      count += texts.length;
      return { inserted: texts.length, duplicates: 0, refused: [] };
    },
    async close(isWhole) {
      const [clock] = WALL_CLOCK.anchors as [(typeof WALL_CLOCK.anchors)[0]];
      const metadata = metadataJson(databaseMetadata({ runs: 0, pid: 0, clock }, count));
      await file.write(`\n],"metadata":${formatExactJson(metadata)}}\n`);
      await file.datasync();
      await file.close();
      await (isWhole ? rename(part, path) : rm(part));
    },
  };
}

/** @throws TraceError `ERR_TRACE_FILE` for a file that a copy would write over. */
function requireNone(path: string): void {
  if (existsSync(path)) throw new TraceError('ERR_TRACE_FILE', `${path} is there already`);
}
