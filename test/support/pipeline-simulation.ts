// The life of a pipeline on a disk that fails, in steps drawn from a seed: recording, turns of the
// writer, waiting, crashes. Everything is real but the ring, the disk and the clock.

import type { PlacedEvent, RunInfo } from '../../src/event/placed-event.js';
import type { Severity } from '../../src/event/severity.js';
import { BatchWriter, type EventSource, type FlushPoint } from '../../src/pipeline/batch-writer.js';
import { LeftSpills, type SpillFile } from '../../src/pipeline/left-spills.js';
import type { AppendResult, EventSink } from '../../src/pipeline/sinks/event-sink.js';
import { makeEvent } from './write-export.js';

/** Mulberry32: small, and good enough to draw what happens next. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const keyOf = (run: RunInfo, { lane, sequence }: PlacedEvent) => `${run.run}/${lane}/${sequence}`;

export class Crash extends Error {}

const FAULTS = [
  'fail before',
  'fail half',
  'fail after',
  'crash before',
  'crash half',
  'crash after',
] as const;
const SEVERITY_DRAWS: Severity[] = ['Info', 'Info', 'Warning', 'Error', 'Critical'];
type Fault = (typeof FAULTS)[number];

/** What survives a crash: the database and the spill files. Fails as it is told. */
class Disk {
  /** Event by its place. */
  readonly rows = new Map<string, PlacedEvent>();
  /** Every row of every append that came through, for sinks that do not go by the place. */
  readonly appended: string[] = [];
  /** Of appends that failed after they had written something. */
  readonly uncertain = new Set<string>();
  readonly spills = new Map<string, { run: RunInfo; events: PlacedEvent[] }>();
  isDown = false;
  isFull = false;
  /** What goes wrong with the next append, and when: 'half' is a short write. */
  fault: Fault | undefined;

  append(run: RunInfo, events: readonly PlacedEvent[]): AppendResult {
    const { fault } = this;
    this.fault = undefined;
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
    return { inserted, duplicates: events.length - inserted, rejected: 0 };
  }
}

interface Sizes {
  ring: number;
  lane: number;
  spill: number;
}

/** A ring, a lane of errors and a spill file, with the rules of the real ones. */
class Machine implements EventSource {
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
  #ring: PlacedEvent[] = [];
  #lane: PlacedEvent[] = [];
  #peeked: PlacedEvent[] = [];
  #overwritten = 0;

  constructor(number: number, disk: Disk, sizes: Sizes) {
    this.run = { run: `run-${number}`, pid: number, steadyNs: 0n, wallNs: 0n };
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
      this.overwritten.add(keyOf(this.run, this.#ring.shift() as PlacedEvent));
      this.#overwritten++;
    }
    if (severity === 'Error' || severity === 'Critical') this.#keepError(event);
  }

  #keepError(event: PlacedEvent): void {
    if (this.#lane.length < this.#sizes.lane) this.#lane.push(event);
    else if (this.#spill.length < this.#sizes.spill && !this.#disk.isFull) this.#spill.push(event);
    else {
      this.lostErrors++;
      return;
    }
    this.errorsKept.add(keyOf(this.run, event));
  }

  get #spill(): PlacedEvent[] {
    const { spills } = this.#disk;
    let spill = spills.get(this.run.run);
    if (spill === undefined) {
      spill = { run: this.run, events: [] };
      spills.set(this.run.run, spill);
    }
    return spill.events;
  }

  peekErrors(max: number): PlacedEvent[] {
    this.#peeked = [...this.#lane, ...this.#spill].slice(0, max);
    return this.#peeked;
  }

  acknowledgeErrors(): void {
    for (const event of this.#peeked) this.acknowledged.add(keyOf(this.run, event));
    const isGone = (event: PlacedEvent) => this.#peeked.includes(event);
    this.#lane = this.#lane.filter((event) => !isGone(event));
    const spill = this.#spill;
    spill.splice(0, spill.length, ...spill.filter((event) => !isGone(event)));
    this.#peeked = [];
  }

  readEvents(max: number): { events: PlacedEvent[]; missed: number } {
    const missed = this.#overwritten;
    this.#overwritten = 0;
    return { events: this.#ring.splice(0, max), missed };
  }

  stats(): { backlog: number } {
    return { backlog: this.#ring.length + this.#overwritten };
  }
}

function leftSpills(disk: Disk, own: RunInfo, acknowledged: Set<string>): LeftSpills {
  const names = [...disk.spills.keys()].filter((name) => name !== own.run);
  return new LeftSpills((): SpillFile | undefined => {
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
  });
}

export interface Outcome {
  problems: string[];
  crashes: number;
  failures: number;
  /** Flushes that were reached. */
  flushed: number;
  lost: number;
  lostErrors: number;
  spilled: number;
  resumedAfterMs: number;
}

/** Lives one life and says what was wrong with it. */
export async function simulate(seed: number): Promise<Outcome> {
  const random = randomFrom(seed);
  const below = (count: number) => Math.floor(random() * count);
  const disk = new Disk();
  const sizes = { ring: 4 + below(60), lane: 1 + below(12), spill: below(20) };
  const eventsMin = 1 + below(12);
  const limits = { eventsMin, eventsMax: eventsMin + below(30), errorsMax: 1 + below(8) };
  const isCalm = below(4) === 0; // nothing fails
  const problems: string[] = [];
  const acknowledged = new Set<string>();
  const spilled = new Set<string>();
  const outcome: Outcome = {
    problems,
    crashes: 0,
    failures: 0,
    flushed: 0,
    lost: 0,
    lostErrors: 0,
    spilled: 0,
    resumedAfterMs: 0,
  };
  let nowMs = 0;
  let isBusy = true;
  let number = 0;

  const sink: EventSink = {
    append: async (run, events) => {
      nowMs += 1;
      if (isBusy) recordSome(); // other threads do not wait for the disk
      return disk.append(run, events);
    },
    close: async () => {},
  };
  let machine: Machine;
  let writer: BatchWriter;
  let flushed: { point: FlushPoint; keys: string[] } | undefined;
  const boot = () => {
    flushed = undefined;
    machine = new Machine(number++, disk, sizes);
    const left = leftSpills(disk, machine.run, acknowledged);
    const now = () => nowMs;
    writer = new BatchWriter({ source: machine, sink, left, now, intervalMs: 100, limits });
  };
  /** Whether the process has survived. */
  const turn = async (): Promise<{ delayMs: number; failed: boolean } | undefined> => {
    const { delayMs, failure } = await writer.turn();
    if (flushed !== undefined && writer.hasReached(flushed.point)) {
      for (const key of flushed.keys) {
        const isGone = machine.overwritten.has(key) && !machine.errorsKept.has(key);
        if (!isGone && !disk.rows.has(key)) problems.push(`${key} was flushed and is not stored`);
      }
      outcome.flushed++;
      flushed = undefined;
    }
    if (failure !== undefined) outcome.failures++;
    if (!(failure instanceof Crash)) return { delayMs, failed: failure !== undefined };
    collectAcknowledged();
    for (const { run, events } of disk.spills.values()) {
      for (const event of events) spilled.add(keyOf(run, event));
    }
    outcome.crashes++;
    boot();
    return undefined;
  };
  const collectAcknowledged = () => {
    for (const key of machine.acknowledged) acknowledged.add(key);
    for (const key of acknowledged) {
      if (!disk.rows.has(key)) problems.push(`${key} was acknowledged and is not stored`);
    }
  };

  const recordSome = () => {
    for (let count = below(8); count >= 0; count--) {
      machine.record(below(2), SEVERITY_DRAWS[below(SEVERITY_DRAWS.length)] as Severity);
    }
  };
  boot();
  const steps = 20 + below(60);
  for (let step = 0; step < steps; step++) {
    const what = below(10);
    if (below(8) === 0) flushed = { point: writer!.flushPoint(), keys: [...machine!.keys] };
    if (what < 5) {
      recordSome();
    } else if (what < 8 || isCalm) {
      nowMs += (await turn())?.delayMs ?? 0;
    } else if (what === 8) {
      disk.fault = FAULTS[below(FAULTS.length)];
    } else if (below(2) === 0) disk.isDown = !disk.isDown;
    else disk.isFull = !disk.isFull;
  }

  // It is down for long, heals in the middle of a wait, and from now on the process lives.
  disk.isDown = !isCalm;
  disk.fault = undefined;
  machine!.record(0, 'Error');
  for (let count = below(12); count > 0; count--) nowMs += (await turn())?.delayMs ?? 0;
  const wait = await turn();
  const healedAtMs = nowMs;
  nowMs += wait?.delayMs ?? 0;
  isBusy = false;
  disk.isDown = false;
  disk.isFull = false;
  disk.fault = undefined;
  const point = writer!.flushPoint();
  let firstSuccessMs: number | undefined;
  // Until there is nothing more to write, twice: then also what counts as lost has settled.
  let idle = 0;
  for (let count = 0; idle < 2; count++) {
    const ended = await turn();
    idle = ended?.delayMs === 100 && !ended.failed ? idle + 1 : 0;
    if (ended?.failed === false) firstSuccessMs ??= nowMs;
    nowMs += ended?.delayMs ?? 0;
    if (count > 1_000) {
      problems.push('it does not come to its end');
      break;
    }
  }
  if (!writer!.hasReached(point)) problems.push('the flush is not reached');
  collectAcknowledged();
  outcome.resumedAfterMs = (firstSuccessMs ?? nowMs) - healedAtMs;
  const ofLast = [...disk.rows.keys()].filter((key) => key.startsWith(`${machine!.run.run}/`));
  for (const key of machine!.errorsKept) {
    if (!disk.rows.has(key)) problems.push(`${key} was kept and is not stored`);
  }
  for (const key of spilled) {
    if (!disk.rows.has(key)) problems.push(`${key} was spilled and is not stored`);
  }
  outcome.spilled = spilled.size;
  const lost = [...machine!.overwritten].filter((key) => !machine!.errorsKept.has(key)).length;
  outcome.lost = lost;
  outcome.lostErrors = machine!.lostErrors;
  const recorded = machine!.keys.length;
  if (recorded !== ofLast.length + lost) {
    problems.push(
      `${recorded} recorded, ${ofLast.length} stored, ${lost} overwritten and not kept`,
    );
  }
  if (disk.spills.size > 1) problems.push('a spill of a dead process is left');
  const seen = new Set<string>();
  for (const key of disk.appended.filter((appended) => appended.startsWith(machine!.run.run))) {
    if (seen.has(key) && !disk.uncertain.has(key)) problems.push(`${key} was appended twice`);
    seen.add(key);
  }
  return outcome;
}
