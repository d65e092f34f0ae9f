// What a simulated pipeline reads and writes: a ring with its lane of errors, and a disk that fails.

import type { AppendResult } from '../../src/event/event-sink.js';
import type { RecordedEvent, RunInfo } from '../../src/event/recorded-event.js';
import type { Severity } from '../../src/event/severity.js';
import type { DrainReader } from '../../src/pipeline/batch-writer.js';
import { OrphanSpills, type SpillFile } from '../../src/pipeline/orphan-spills.js';
import { makeEvent } from './write-export.js';

export const keyOf = (run: RunInfo, { lane, sequence }: RecordedEvent) =>
  `${run.run}/${lane}/${sequence}`;

export class Crash extends Error {}

export const FAULTS = [
  'fail before',
  'fail half',
  'fail after',
  'crash before',
  'crash half',
  'crash after',
] as const;
type Fault = (typeof FAULTS)[number];

/** What survives a crash: the database and the spill files. Fails as it is told. */
export class Disk {
  /** Event by its place. */
  readonly rows = new Map<string, RecordedEvent>();
  /** Every row of every append that came through, for sinks that do not go by the place. */
  readonly appended: string[] = [];
  /** Of appends that failed after they had written something. */
  readonly uncertain = new Set<string>();
  readonly spills = new Map<string, { run: RunInfo; events: RecordedEvent[] }>();
  isDown = false;
  isFull = false;
  /** What goes wrong with an append, and when: 'half' is a short write. */
  fault: Fault | undefined;
  /** Appends before that one. */
  faultAfter = 0;

  append(run: RunInfo, events: readonly RecordedEvent[]): AppendResult {
    const fault = this.faultAfter-- > 0 ? undefined : this.fault;
    if (this.faultAfter < 0) this.fault = undefined;
    if (fault === 'crash before') throw new Crash();
    if (this.isDown || this.isFull || fault === 'fail before') throw new Error('EIO');
    let inserted = 0;
    const written = fault?.endsWith('half') ? events.slice(0, events.length / 2) : events;
    for (const event of written) {
      const key = keyOf(run, event);
      if (!this.rows.has(key)) inserted++;
      this.rows.set(key, event);
      this.appended.push(key);
    }
    if (fault?.startsWith('crash')) throw new Crash();
    if (fault !== undefined) {
      for (const event of events) this.uncertain.add(keyOf(run, event));
      throw new Error('EIO');
    }
    return { inserted, duplicates: events.length - inserted, rejected: [] };
  }
}

export interface Sizes {
  ring: number;
  lane: number;
  spill: number;
}

/** A ring, a lane of errors and a spill file, with the rules of the real ones. */
export class Machine implements DrainReader {
  readonly run: RunInfo;
  readonly acknowledged = new Set<string>();
  lostErrors = 0;
  /** Of all that was recorded. */
  readonly keys: string[] = [];
  readonly errorsKept = new Set<string>();
  /** Places that the ring overwrote before they were read. */
  readonly overwritten = new Set<string>();
  readonly #disk: Disk;
  readonly #sizes: Sizes;
  readonly #lanes = [0, 0];
  #ring: RecordedEvent[] = [];
  #lane: RecordedEvent[] = [];
  #peeked: RecordedEvent[] = [];
  #overwritten = 0;

  constructor(number: number, disk: Disk, sizes: Sizes) {
    this.run = { run: `run-${number}`, pid: number, anchors: [{ steadyNs: 0n, wallNs: 0n }] };
    this.#disk = disk;
    this.#sizes = sizes;
  }

  record(laneNumber: number, severity: Severity): void {
    const sequence = this.#lanes[laneNumber] as number;
    this.#lanes[laneNumber] = sequence + 1;
    const event = { lane: laneNumber, sequence, event: makeEvent({ severity }) };
    this.keys.push(keyOf(this.run, event));
    this.#ring.push(event);
    if (this.#ring.length > this.#sizes.ring) {
      this.overwritten.add(keyOf(this.run, this.#ring.shift() as RecordedEvent));
      this.#overwritten++;
    }
    if (severity === 'Error' || severity === 'Critical') this.#keepError(event);
  }

  #keepError(event: RecordedEvent): void {
    if (this.#lane.length < this.#sizes.lane) this.#lane.push(event);
    else if (this.#spill.length < this.#sizes.spill && !this.#disk.isFull) this.#spill.push(event);
    else {
      this.lostErrors++;
      return;
    }
    this.errorsKept.add(keyOf(this.run, event));
  }

  get #spill(): RecordedEvent[] {
    const { spills } = this.#disk;
    let spill = spills.get(this.run.run);
    if (spill === undefined) {
      spill = { run: this.run, events: [] };
      spills.set(this.run.run, spill);
    }
    return spill.events;
  }

  peekErrors(max: number): RecordedEvent[] {
    this.#peeked = [...this.#lane, ...this.#spill].slice(0, max);
    return this.#peeked;
  }

  acknowledgeErrors(): void {
    for (const event of this.#peeked) this.acknowledged.add(keyOf(this.run, event));
    const isGone = (event: RecordedEvent) => this.#peeked.includes(event);
    this.#lane = this.#lane.filter((event) => !isGone(event));
    const spill = this.#spill;
    spill.splice(0, spill.length, ...spill.filter((event) => !isGone(event)));
    this.#peeked = [];
  }

  readEvents(max: number): { events: RecordedEvent[]; missed: number; heldBack: number } {
    const missed = this.#overwritten;
    this.#overwritten = 0;
    return { events: this.#ring.splice(0, max), missed, heldBack: 0 };
  }

  stats(): { backlog: number; overwritten: number } {
    return { backlog: this.#ring.length, overwritten: this.#overwritten };
  }
}

export function orphanSpills(disk: Disk, own: RunInfo, acknowledged: Set<string>): OrphanSpills {
  const names = [...disk.spills.keys()].filter((name) => name !== own.run);
  return new OrphanSpills(
    (): SpillFile | undefined => {
      const name = names.shift();
      const spill = name === undefined ? undefined : disk.spills.get(name);
      if (name === undefined || spill === undefined) return undefined;
      let at = 0;
      let peeked = 0;
      return {
        run: spill.run,
        skipped: 0,
        peek: (max) => {
          peeked = Math.min(max, spill.events.length - at);
          return spill.events.slice(at, at + peeked);
        },
        acknowledge: () => {
          for (const event of spill.events.slice(at, at + peeked)) {
            acknowledged.add(keyOf(spill.run, event));
          }
          at += peeked;
        },
        remove: () => {
          if (at < spill.events.length) throw new Error('a spill was removed before its end');
          disk.spills.delete(name);
        },
        close: () => {},
      };
    },
    (error) => {
      throw error;
    },
  );
}
