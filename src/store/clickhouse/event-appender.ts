import { randomInt, randomUUID } from 'node:crypto';
import { wallNsOf } from '../../event/clock.js';
import type { AppendResult, RejectedEvent } from '../../event/event-sink.js';
import { processOf } from '../../event/event-status.js';
import type { RecordedEvent, RunInfo } from '../../event/recorded-event.js';
import { messageOf } from '../../thrown.js';
import { checkEvent } from '../check-event.js';
import type { ForeignBatch, RunBatch } from '../event-store.js';
import { foreignRun } from '../foreign-run.js';
import { wallMicros } from '../wall-micros.js';
import type { EventLog } from './commit-log.js';
import { type Connection, isUnknown, ServerError } from './connection.js';
import {
  EVENT_COLUMNS,
  type Insertion,
  type PlacedEvent,
  placeText,
  rowParts,
} from './event-row.js';
import { ForeignKeys, type KeyRow, type Repeat } from './foreign-keys.js';
import { RUN_COLUMNS, requestRows, runRow } from './hint-rows.js';
import { listOf, quoted } from './literals.js';
import { RunPlaces } from './run-places.js';
import type { StoreClock } from './store-clock.js';

/** Runs whose places are remembered; another one is looked up again. */
const RUNS_MAX = 10_000;
/** Sequences that are looked up together. */
const BLOCK = 65_536;
/** Where the sequences of events without a run begin: no two stores are to give the same ones. */
const START_MAX = 2 ** 46;

interface KnownRun {
  readonly places: RunPlaces;
  /** Anchors that the database has of it. */
  anchors: number;
}

/** What an append needs. */
export interface AppenderParts {
  readonly connection: Connection;
  /** Of the database: UUID. */
  readonly store: string;
  readonly clock: StoreClock;
  /** A condition of events that are not purged. */
  readonly visible: () => Promise<string>;
  readonly log: EventLog;
  /** Waits for inserts whose name begins so. @throws TraceError (rejects) when one of them does not end. */
  readonly settle: (prefix: string) => Promise<void>;
}

/** What several batches come to, before anything of it is written. */
class Group {
  readonly runs = new Map<string, RunInfo>();
  readonly events: PlacedEvent[] = [];
  /** That are there already. */
  readonly known: PlacedEvent[] = [];
  readonly keys = new Map<string, KeyRow>();
  readonly repeats: Repeat[] = [];

  /** @param deadlineNs - after that none of its events is inserted. */
  constructor(readonly deadlineNs: bigint | undefined) {}

  add(run: RunInfo, events: readonly PlacedEvent[]): void {
    if (events.length === 0) return;
    const known = this.runs.get(run.run);
    if (known === undefined || known.anchors.length < run.anchors.length) {
      this.runs.set(run.run, run);
    }
    for (const event of events) this.events.push(event);
  }
}

/**
 * Appends events, each once: what is there of a run is looked up when the run is met for the first time, and again after
 * an insert of which nobody knows how it ended. What is appended together is one insert into one partition, all of it or
 * nothing.
 */
export class EventAppender {
  readonly #parts: AppenderParts;
  readonly #foreign: ForeignKeys;
  readonly #runs = new Map<string, KnownRun>();
  /** Names the inserts of stores of this database. */
  readonly #queryPrefix: string;
  #nextSequence = randomInt(START_MAX);
  /** Whether an insert may still be under way that this store does not wait for. */
  #isUnsettled = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: AppenderParts) {
    this.#parts = parts;
    this.#queryPrefix = `aegis-${parts.store}-`;
    this.#foreign = new ForeignKeys(parts.connection, randomUUID(), () => this.#settle());
  }

  /** Forgets what is there: some of it was purged. */
  forget(): void {
    this.#last = this.#last.then(() => {
      this.#runs.clear();
      this.#foreign.forget();
    });
  }

  /** The run of events without one. */
  runOf(source: string): RunInfo {
    return foreignRun(this.#parts.store, source);
  }

  /** One append at a time. @throws TraceError (rejects) `ERR_TRACE_STORE`: the same events may come again. */
  append(
    batches: readonly (RunBatch | ForeignBatch)[],
    deadlineNs?: bigint,
  ): Promise<AppendResult[]> {
    const appended = this.#last.then(() => this.#append(batches, deadlineNs));
    this.#last = appended.catch(() => undefined);
    return appended;
  }

  async #append(
    batches: readonly (RunBatch | ForeignBatch)[],
    deadlineNs: bigint | undefined,
  ): Promise<AppendResult[]> {
    if (this.#isUnsettled) await this.#settle();
    const group = new Group(deadlineNs);
    for (const batch of batches) {
      if ('run' in batch && batch.isRepeated === true) this.#runs.delete(batch.run.run);
    }
    await this.#learn(batches.flatMap((batch) => ('run' in batch ? [batch.run.run] : [])));
    const foreign = batches.flatMap((batch) => ('run' in batch ? [] : batch.foreign));
    if (foreign.length > 0) await this.#foreign.learn(foreign, await this.#parts.visible());
    const met = new Map<string, RunPlaces>();
    const results = batches.map((batch) =>
      'run' in batch ? this.#addRun(group, batch, met) : this.#addForeign(group, batch),
    );
    await this.#write(group);
    return results;
  }

  #addRun(group: Group, { run, events }: RunBatch, met: Map<string, RunPlaces>): AppendResult {
    const { places } = this.#runs.get(run.run) as KnownRun;
    const own = met.get(run.run) ?? new RunPlaces();
    met.set(run.run, own);
    const rejected: RejectedEvent[] = [];
    const fresh: PlacedEvent[] = [];
    for (const [index, event] of events.entries()) {
      const placed = place(run, event);
      if (typeof placed === 'string') {
        rejected.push({ index, reason: placed });
        continue;
      }
      const { lane, sequence } = event;
      if (places.has(lane, sequence) || own.has(lane, sequence)) {
        group.known.push(placed);
        continue;
      }
      own.add(lane, sequence);
      fresh.push(placed);
    }
    group.add(run, fresh);
    const duplicates = events.length - fresh.length - rejected.length;
    return { inserted: fresh.length, duplicates, rejected };
  }

  /** An event's place is given to it here. */
  #addForeign(group: Group, { source, foreign }: ForeignBatch): AppendResult {
    const run = this.runOf(source);
    const rejected: RejectedEvent[] = [];
    const fresh: PlacedEvent[] = [];
    let folded = 0;
    for (const [index, item] of foreign.entries()) {
      const known = this.#foreign.find(item, group.keys);
      if (known !== undefined) {
        if (item.folds !== true) continue;
        folded++;
        group.repeats.push({ of: known, lastNs: item.event.timestampNs });
        continue;
      }
      const sequence = this.#nextSequence;
      const placed = place(run, { lane: 0, sequence, event: item.event });
      if (typeof placed === 'string') {
        rejected.push({ index, reason: placed });
        continue;
      }
      this.#nextSequence++;
      fresh.push(placed);
      this.#foreign.note(item, placed, group.keys);
    }
    group.add(run, fresh);
    const duplicates = foreign.length - fresh.length - rejected.length;
    return { inserted: fresh.length, duplicates, folded, rejected };
  }

  async #write(group: Group): Promise<void> {
    const { connection, clock, log } = this.#parts;
    const { deadlineNs } = group;
    const insertedMs = clock.now();
    // What comes again may be of an append of which a part was stored, and its hint was not.
    if (group.known.length > 0) await this.#insertRequests(group.known, insertedMs);
    if (group.events.length > 0) {
      try {
        // What has no run and no key is taken for what is not there.
        await this.#insertRuns(group.runs, insertedMs);
        await this.#foreign.insertKeys(group.keys, insertedMs);
        // What a request is found by is there before its events are.
        const ready = this.#insertRequests(group.events, insertedMs);
        const inserted = this.#insertEvents(group.events, { insertedMs, ready, deadlineNs });
        // Neither is under way any more when this fails.
        const outcomes = await Promise.allSettled([ready, inserted]);
        const failed = outcomes.find((outcome) => outcome.status === 'rejected');
        if (failed !== undefined) throw failed.reason;
      } catch (error) {
        for (const run of group.runs.keys()) this.#runs.delete(run);
        this.#foreign.forget();
        throw error;
      }
      for (const { run, placed } of group.events) {
        this.#runs.get(run)?.places.add(placed.lane, placed.sequence);
      }
      this.#foreign.keep(group.keys.values());
      log.add(group.events);
    }
    if (group.repeats.length === 0) return;
    const rows = group.repeats
      .map(({ of: { run, lane, sequence }, lastNs }) =>
        [insertedMs, run, lane, sequence, lastNs, `${Date.now()}000000`].join('\t'),
      )
      .join('\n');
    const columns = ['inserted_ms', 'run', 'lane', 'sequence', 'last_ns', 'received_ns'];
    await connection.insert('repeat', { columns, rows: `${rows}\n` });
  }

  /**
   * All of them or none: where the answer did not come, what is there is looked up. Of a body whose end is missing a server
   * may have taken the beginning; then the rest follows.
   *
   * @throws ServerError (rejects): nothing was stored, unless the server cannot be asked either.
   */
  async #insertEvents(events: readonly PlacedEvent[], insertion: Insertion): Promise<void> {
    const { insertedMs } = insertion;
    try {
      await this.#parts.connection.insert('event', {
        columns: EVENT_COLUMNS,
        rows: () => rowParts(events, insertion),
        idOf: () => this.#queryPrefix + randomUUID(),
      });
    } catch (error) {
      // What the server says itself it has not done.
      if (error instanceof ServerError && !isUnknown(error)) throw error;
      this.#isUnsettled = true;
      const missing = await this.#settle()
        .then(() => this.#missingOf(events, insertedMs))
        .catch(() => {
          throw error;
        });
      if (missing.length === events.length) throw error;
      if (missing.length > 0) await this.#insertEvents(missing, insertion);
    }
  }

  /** Of events that were sent, those that are not there. */
  async #missingOf(events: readonly PlacedEvent[], insertedMs: number): Promise<PlacedEvent[]> {
    const walls = events.map((event) => event.wallMicros);
    const [first, last] = [minOf(walls), maxOf(walls)];
    const rows = await this.#parts.connection.rows<Record<'run' | 'lane' | 'sequence', string>>(
      'look what it has taken',
      `SELECT run, lane, sequence FROM event
       WHERE inserted_ms = ${insertedMs} AND wall_us >= ${first} AND wall_us <= ${last}`,
    );
    const stored = new Set(rows.map(placeText));
    return events.filter(({ run, placed }) => !stored.has(placeText({ run, ...placed })));
  }

  async #insertRuns(runs: ReadonlyMap<string, RunInfo>, insertedMs: number): Promise<void> {
    const news = [...runs.values()].filter(
      ({ run, anchors }) => (this.#runs.get(run)?.anchors ?? 0) < anchors.length,
    );
    if (news.length === 0) return;
    // No two at the same time: they are listed by it. None after its events.
    const rows = news
      .map((run, index) => runRow(run, insertedMs - (news.length - 1 - index)))
      .join('');
    await this.#parts.connection.insert('run', { columns: RUN_COLUMNS, rows });
    for (const { run, anchors } of news) {
      const known = this.#runs.get(run) ?? { anchors: 0, places: new RunPlaces() };
      known.anchors = anchors.length;
      this.#runs.set(run, known);
    }
  }

  async #insertRequests(events: readonly PlacedEvent[], insertedMs: number): Promise<void> {
    const rows = requestRows(events, insertedMs);
    if (rows === '') return;
    const columns = ['inserted_ms', 'request_id', 'from_us', 'to_us'];
    await this.#parts.connection.insert('request', { columns, rows });
  }

  /** Looks up what is there of runs that are not known. */
  async #learn(runs: readonly string[]): Promise<void> {
    const unknown: string[] = [];
    for (const run of new Set(runs)) {
      const known = this.#runs.get(run);
      if (known === undefined) unknown.push(run);
      else {
        // Those that are used now are forgotten last.
        this.#runs.delete(run);
        this.#runs.set(run, known);
      }
    }
    if (unknown.length === 0) return;
    await this.#settle();
    const rows = await this.#parts.connection.rows<Record<'run' | 'anchors' | 'since', string>>(
      'look up runs',
      `SELECT run, max(length(steady_ns)) AS anchors, min(inserted_ms) AS since FROM run
       WHERE run IN (${listOf(unknown)}) GROUP BY run`,
    );
    for (const run of unknown) this.#runs.set(run, { places: new RunPlaces(), anchors: 0 });
    for (const { run, anchors } of rows) {
      (this.#runs.get(run) as KnownRun).anchors = Number(anchors);
    }
    try {
      // What has no row has no events: its row is written first.
      if (rows.length > 0) await this.#learnPlaces(rows);
    } catch (error) {
      for (const run of unknown) this.#runs.delete(run);
      throw error;
    }
    for (const run of this.#runs.keys()) {
      if (this.#runs.size <= RUNS_MAX + unknown.length) break;
      this.#runs.delete(run);
    }
  }

  async #learnPlaces(runs: readonly { run: string; since: string }[]): Promise<void> {
    const { connection, visible } = this.#parts;
    const sinceMs = Math.min(...runs.map(({ since }) => Number(since)));
    // Partitions that are older are not looked at.
    const where = `inserted_ms >= ${sinceMs} AND ${await visible()}`;
    const blocks = await connection.rows<Record<'run' | 'lane' | 'n' | 'low' | 'high', string>>(
      'look up runs',
      `SELECT run, lane, intDiv(sequence, ${BLOCK}) AS block, count() AS n, min(sequence) AS low,
         max(sequence) AS high FROM event WHERE ${where} AND run IN (${listOf(runs.map(({ run }) => run))})
       GROUP BY run, lane, block`,
    );
    for (const { run, lane, n, low, high } of blocks) {
      const { places } = this.#runs.get(run) as KnownRun;
      const [first, last] = [Number(low), Number(high)];
      if (Number(n) === last - first + 1) {
        places.addSpan({ lane: Number(lane), first, last });
        continue;
      }
      const rows = await connection.rows<{ sequence: string }>(
        'look up a run',
        `SELECT sequence FROM event WHERE ${where} AND run = ${quoted(run)} AND lane = ${lane}
           AND sequence >= ${low} AND sequence <= ${high}`,
      );
      for (const { sequence } of rows) places.add(Number(lane), Number(sequence));
    }
  }

  /** Waits for inserts of this database that somebody has begun and does not wait for. */
  async #settle(): Promise<void> {
    await this.#parts.settle(this.#queryPrefix);
    this.#isUnsettled = false;
  }
}

/** An event as it is stored, or why it cannot be. */
function place(run: RunInfo, event: RecordedEvent): PlacedEvent | string {
  try {
    checkEvent(event);
    return {
      run: run.run,
      placed: event,
      wallMicros: wallMicros(wallNsOf(run, event.event.timestampNs)),
      process: processOf(event.event),
    };
  } catch (error) {
    return messageOf(error);
  }
}

// Math.min() takes no more arguments than the stack has room for.
const minOf = (numbers: readonly number[]): number =>
  numbers.reduce((least, number) => Math.min(least, number));
const maxOf = (numbers: readonly number[]): number =>
  numbers.reduce((most, number) => Math.max(most, number));
