import { setTimeout as sleep } from 'node:timers/promises';
import type { EventPlace, ForeignEvent } from '../event-store.js';
import type { Connection } from './connection.js';
import { type PlacedEvent, placeText } from './event-row.js';
import { listOf, quoted } from './literals.js';

/** Keys that are remembered; others are looked up. */
const KEYS_MAX = 100_000;
/** Of one question. */
const ASKED_MAX = 2_000;
/** An event follows its key sooner than that, or never. */
const GRACE_MS = 2_000;

/** A key, and the event that it is of. */
export interface KeyRow extends EventPlace {
  /** Hexadecimal. */
  readonly key: string;
  readonly wallMicros: number;
}

/** An event that came again. */
export interface Repeat {
  readonly of: EventPlace;
  readonly lastNs: bigint;
}

const COLUMNS = ['inserted_ms', 'key', 'writer', 'wall_us', 'run', 'lane', 'sequence'] as const;

interface FoundRow {
  readonly key: string;
  readonly writer: string;
  readonly wall_us: string;
  readonly run: string;
  readonly lane: number;
  readonly sequence: string;
}

/** By what events without a run are known again: their keys, which are written before they are. */
export class ForeignKeys {
  readonly #connection: Connection;
  readonly #writer: string;
  readonly #settle: () => Promise<void>;
  /** Of events that are stored. */
  readonly #known = new Map<string, KeyRow>();

  /**
   * @param writer - unlike that of any other store.
   * @param settle - waits for inserts that are under way.
   */
  constructor(connection: Connection, writer: string, settle: () => Promise<void>) {
    this.#connection = connection;
    this.#writer = writer;
    this.#settle = settle;
  }

  forget(): void {
    this.#known.clear();
  }

  /** Looks up what is stored under the keys of events. @throws ServerError (rejects). */
  async learn(foreign: readonly ForeignEvent[], visible: string): Promise<void> {
    const keys = new Set(foreign.flatMap(({ key }) => (key === undefined ? [] : [textOf(key)])));
    const unknown = [...keys].filter((key) => !this.#known.has(key));
    for (let first = 0; first < unknown.length; first += ASKED_MAX) {
      await this.#look(unknown.slice(first, first + ASKED_MAX), visible);
    }
  }

  /** The event that one is a repeat of. @param fresh - those that are about to be stored. */
  find({ key }: ForeignEvent, fresh: ReadonlyMap<string, KeyRow>): EventPlace | undefined {
    if (key === undefined) return undefined;
    const text = textOf(key);
    return this.#known.get(text) ?? fresh.get(text);
  }

  /** An event that is about to be stored. */
  note(
    { key }: ForeignEvent,
    { run, placed, wallMicros }: PlacedEvent,
    fresh: Map<string, KeyRow>,
  ): void {
    if (key === undefined) return;
    const { lane, sequence } = placed;
    fresh.set(textOf(key), { key: textOf(key), run, lane, sequence, wallMicros });
  }

  async insertKeys(keys: ReadonlyMap<string, KeyRow>, insertedMs: number): Promise<void> {
    if (keys.size === 0) return;
    const rows = [...keys.values()]
      .map(({ key, wallMicros, run, lane, sequence }) =>
        [insertedMs, key, this.#writer, wallMicros, run, lane, sequence].join('\t'),
      )
      .join('\n');
    await this.#connection.insert('foreign_event', { columns: COLUMNS, rows: `${rows}\n` });
  }

  /** Those of events that are stored now. */
  keep(keys: Iterable<KeyRow>): void {
    for (const row of keys) this.#known.set(row.key, row);
    for (const key of this.#known.keys()) {
      if (this.#known.size <= KEYS_MAX) break;
      this.#known.delete(key);
    }
  }

  async #look(keys: readonly string[], visible: string): Promise<void> {
    const rows = await this.#connection.rows<FoundRow>(
      'look up keys',
      `SELECT key, writer, wall_us, run, lane, sequence FROM foreign_event
       WHERE ${visible} AND key IN (${listOf(keys)})`,
    );
    if (rows.length === 0) return;
    const missing = await this.#keepStored(rows);
    if (missing.every(({ writer }) => writer === this.#writer)) return;
    // Another store has written a key and may be about to write its event.
    await sleep(GRACE_MS);
    await this.#settle();
    await this.#keepStored(missing);
  }

  /** @returns those without an event. */
  async #keepStored(rows: readonly FoundRow[]): Promise<FoundRow[]> {
    const places = rows.map(
      ({ wall_us: wall, run, lane, sequence }) =>
        `(toInt64(${wall}), ${quoted(run)}, toUInt8(${lane}), toUInt64(${sequence}))`,
    );
    const walls = rows.map((row) => Number(row.wall_us));
    const found = await this.#connection.rows<Record<'run' | 'lane' | 'sequence', string>>(
      'look up events',
      `SELECT run, lane, sequence FROM event
       WHERE wall_us >= ${Math.min(...walls)} AND wall_us <= ${Math.max(...walls)}
         AND (wall_us, run, lane, sequence) IN (${places.join(', ')})`,
    );
    const stored = new Set(found.map(placeText));
    const isStored = (row: FoundRow): boolean => stored.has(placeText(row));
    this.keep(
      rows.filter(isStored).map(({ key, run, lane, sequence, wall_us: wall }) => ({
        ...{ key, run, lane: Number(lane), sequence: Number(sequence) },
        wallMicros: Number(wall),
      })),
    );
    return rows.filter((row) => !isStored(row));
  }
}

const textOf = (key: Uint8Array): string => Buffer.from(key).toString('hex');
