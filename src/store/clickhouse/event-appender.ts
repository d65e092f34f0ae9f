import { setTimeout as sleep } from 'node:timers/promises';
import { TraceError } from '../../errors.js';
import { wallNsOf } from '../../event/clock.js';
import type { AppendResult, RejectedEvent } from '../../event/event-sink.js';
import { processOf } from '../../event/event-status.js';
import type { RecordedEvent, RunInfo } from '../../event/recorded-event.js';
import { messageOf } from '../../thrown.js';
import { checkEvent } from '../check-event.js';
import { wallMicros } from '../wall-micros.js';
import type { Connection } from './connection.js';
import { EVENT_COLUMNS, type PlacedEvent, writeRow } from './event-row.js';
import { escaped, quoted } from './literals.js';
import { RunPlaces } from './run-places.js';
import type { StoreClock } from './store-clock.js';

/** Runs whose places are remembered; another one is looked up again. */
const RUNS_MAX = 10_000;
/** Sequences that are looked up together. */
const BLOCK = 65_536;
/** An insert that nobody waits for any more is waited for so long. */
const SETTLE_MAX_MS = 30_000;
const SETTLE_EVERY_MS = 50;

interface KnownRun {
  readonly places: RunPlaces;
  /** Anchors that the database has of it. */
  anchors: number;
}

/**
 * Appends events of runs, each once: what is there of a run is looked up when the run is met for the first time, and again
 * after an insert of which nobody knows how it ended. A batch is one insert into one partition, all of it or nothing.
 */
export class EventAppender {
  readonly #connection: Connection;
  readonly #clock: StoreClock;
  readonly #visible: () => Promise<string>;
  readonly #runs = new Map<string, KnownRun>();
  /** Of each run the append that is under way: one at a time. */
  readonly #pending = new Map<string, Promise<unknown>>();

  /** @param visible - a condition of events that are not purged. */
  constructor(connection: Connection, clock: StoreClock, visible: () => Promise<string>) {
    this.#connection = connection;
    this.#clock = clock;
    this.#visible = visible;
  }

  /** Forgets what is there: it was purged. */
  forget(): void {
    this.#runs.clear();
  }

  /** @throws TraceError (rejects) `ERR_TRACE_STORE`: the same events may come again. */
  append(run: RunInfo, events: readonly RecordedEvent[]): Promise<AppendResult> {
    const before = this.#pending.get(run.run) ?? Promise.resolve();
    const appended = before.then(
      () => this.#append(run, events),
      () => this.#append(run, events),
    );
    this.#pending.set(run.run, appended);
    const done = (): void => {
      if (this.#pending.get(run.run) === appended) this.#pending.delete(run.run);
    };
    appended.then(done, done);
    return appended;
  }

  async #append(run: RunInfo, events: readonly RecordedEvent[]): Promise<AppendResult> {
    const rejected: RejectedEvent[] = [];
    const placed: PlacedEvent[] = [];
    for (const [index, event] of events.entries()) {
      try {
        checkEvent(event);
        const wall = wallMicros(wallNsOf(run, event.event.timestampNs));
        placed.push({ placed: event, wallMicros: wall, process: processOf(event.event) });
      } catch (error) {
        rejected.push({ index, reason: messageOf(error) });
      }
    }
    if (placed.length === 0) return { inserted: 0, duplicates: 0, rejected };
    const known = await this.#known(run.run);
    const fresh = withoutKnown(placed, known.places);
    if (fresh.length > 0) await this.#insert(run, known, fresh);
    return { inserted: fresh.length, duplicates: placed.length - fresh.length, rejected };
  }

  async #insert(run: RunInfo, known: KnownRun, fresh: readonly PlacedEvent[]): Promise<void> {
    const insertedMs = this.#clock.now();
    const [first] = fresh as [PlacedEvent, ...PlacedEvent[]];
    const { lane, sequence } = first.placed;
    try {
      if (known.anchors < run.anchors.length) await this.#insertRun(run, insertedMs);
      known.anchors = run.anchors.length;
      // A request is found by it: it is there before the events are.
      const requests = requestRows(fresh, insertedMs);
      if (requests !== '') {
        const columns = ['inserted_ms', 'request_id', 'from_us', 'to_us'];
        await this.#connection.insert('request', { columns, rows: requests });
      }
      await this.#connection.insert('event', {
        columns: EVENT_COLUMNS,
        rows: fresh.map((event) => writeRow(event, run.run, insertedMs)).join(''),
        id: `${queryPrefix(run.run)}${lane}-${sequence}`,
      });
    } catch (error) {
      this.#runs.delete(run.run);
      throw error;
    }
    for (const { placed } of fresh) known.places.add(placed.lane, placed.sequence);
  }

  #insertRun({ run, pid, anchors, ...program }: RunInfo, insertedMs: number): Promise<void> {
    const { host = '', service = '', project = '', version = '' } = program;
    const fields = [
      insertedMs,
      run,
      pid,
      ...[host, service, project, version].map(escaped),
      `[${anchors.map(({ steadyNs }) => steadyNs).join(',')}]`,
      `[${anchors.map(({ wallNs }) => wallNs).join(',')}]`,
    ];
    return this.#connection.insert('run', {
      columns: RUN_COLUMNS,
      rows: `${fields.join('\t')}\n`,
    });
  }

  async #known(run: string): Promise<KnownRun> {
    const known = this.#runs.get(run);
    if (known !== undefined) return known;
    await this.#settle(run);
    const found: KnownRun = {
      places: await this.#placesOf(run),
      anchors: await this.#anchorsOf(run),
    };
    this.#runs.set(run, found);
    if (this.#runs.size > RUNS_MAX) {
      const [oldest] = this.#runs.keys();
      this.#runs.delete(oldest as string);
    }
    return found;
  }

  /** Waits for inserts of a run that somebody has begun and does not wait for. */
  async #settle(run: string): Promise<void> {
    const sql = `SELECT query_id FROM system.processes WHERE startsWith(query_id, ${quoted(queryPrefix(run))})`;
    const endMs = performance.now() + SETTLE_MAX_MS;
    while ((await this.#connection.rows('list its queries', sql)).length > 0) {
      if (performance.now() > endMs) {
        throw new TraceError('ERR_TRACE_STORE', 'an earlier insert of the same run still runs');
      }
      await sleep(SETTLE_EVERY_MS);
    }
  }

  async #placesOf(run: string): Promise<RunPlaces> {
    const where = `${await this.#visible()} AND run = ${quoted(run)}`;
    const blocks = await this.#connection.rows<Record<'lane' | 'n' | 'low' | 'high', string>>(
      'look up a run',
      `SELECT lane, intDiv(sequence, ${BLOCK}) AS block, count() AS n, min(sequence) AS low,
         max(sequence) AS high FROM event WHERE ${where} GROUP BY lane, block`,
    );
    const places = new RunPlaces();
    for (const { lane, n, low, high } of blocks) {
      const [first, last] = [Number(low), Number(high)];
      if (Number(n) === last - first + 1) {
        places.addSpan({ lane: Number(lane), first, last });
        continue;
      }
      const rows = await this.#connection.rows<{ sequence: string }>(
        'look up a run',
        `SELECT sequence FROM event WHERE ${where} AND lane = ${lane} AND sequence >= ${low} AND sequence <= ${high}`,
      );
      for (const { sequence } of rows) places.add(Number(lane), Number(sequence));
    }
    return places;
  }

  async #anchorsOf(run: string): Promise<number> {
    const sql = `SELECT max(length(steady_ns)) AS anchors FROM run WHERE run = ${quoted(run)}`;
    const [row] = await this.#connection.rows<{ anchors: string }>('look up a run', sql);
    return Number(row?.anchors ?? 0);
  }
}

const RUN_COLUMNS = [
  'inserted_ms',
  'run',
  'pid',
  'host',
  'service',
  'project',
  'version',
  'steady_ns',
  'wall_ns',
] as const;

/** Names the inserts of a run: no two with the same name run at once. */
const queryPrefix = (run: string): string => `aegis-${run}-`;

/** Each once, also where it is twice among them. */
function withoutKnown(events: readonly PlacedEvent[], places: RunPlaces): PlacedEvent[] {
  const met = new RunPlaces();
  return events.filter(({ placed: { lane, sequence } }) => {
    if (places.has(lane, sequence) || met.has(lane, sequence)) return false;
    met.add(lane, sequence);
    return true;
  });
}

/** From when to when there are events of each request. */
function requestRows(events: readonly PlacedEvent[], insertedMs: number): string {
  const spans = new Map<string, { from: number; to: number }>();
  for (const { placed, wallMicros: at } of events) {
    const { requestId } = placed.event;
    if (requestId === '') continue;
    const span = spans.get(requestId);
    spans.set(requestId, {
      from: Math.min(at, span?.from ?? at),
      to: Math.max(at, span?.to ?? at),
    });
  }
  return [...spans]
    .map(([id, { from, to }]) => `${insertedMs}\t${escaped(id)}\t${from}\t${to}\n`)
    .join('');
}
