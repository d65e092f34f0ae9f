// The life of a pipeline on a disk that fails, in steps drawn from a seed: recording, turns of the
// writer, waiting, crashes. Everything is real but the ring, the disk and the clock.

import type { EventSink } from '../../src/event/event-sink.js';
import type { Severity } from '../../src/event/severity.js';
import { BatchWriter, type FlushPoint } from '../../src/pipeline/batch-writer.js';
import { randomFrom } from './random.js';
import { Crash, Disk, FAULTS, keyOf, Machine, orphanSpills } from './simulated-machine.js';

const SEVERITY_DRAWS: Severity[] = ['Info', 'Info', 'Warning', 'Error', 'Critical'];

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
  let flushed: { point: FlushPoint; keys: string[] } | undefined;
  const boot = () => {
    flushed = undefined;
    const source = new Machine(number++, disk, sizes);
    const left = orphanSpills(disk, source.run, acknowledged);
    const now = () => nowMs;
    const made = new BatchWriter({ source, sink, left, now, intervalMs: 100, limits });
    return { machine: source, writer: made };
  };
  let { machine, writer } = boot();
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
    ({ machine, writer } = boot());
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
  const steps = 20 + below(60);
  for (let step = 0; step < steps; step++) {
    const what = below(10);
    if (below(8) === 0) flushed = { point: writer.flushPoint(), keys: [...machine.keys] };
    if (what < 5) {
      recordSome();
    } else if (what < 8 || isCalm) {
      nowMs += (await turn())?.delayMs ?? 0;
    } else if (what === 8) {
      disk.fault = FAULTS[below(FAULTS.length)];
      disk.faultAfter = below(3);
    } else if (below(2) === 0) disk.isDown = !disk.isDown;
    else disk.isFull = !disk.isFull;
  }

  // It is down for long, heals in the middle of a wait, and from now on the process lives.
  disk.isDown = !isCalm;
  disk.fault = undefined;
  machine.record(0, 'Error');
  for (let count = below(12); count > 0; count--) nowMs += (await turn())?.delayMs ?? 0;
  const wait = await turn();
  const healedAtMs = nowMs;
  nowMs += wait?.delayMs ?? 0;
  isBusy = false;
  disk.isDown = false;
  disk.isFull = false;
  disk.fault = undefined;
  const point = writer.flushPoint();
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
  if (!writer.hasReached(point)) problems.push('the flush is not reached');
  collectAcknowledged();
  outcome.resumedAfterMs = (firstSuccessMs ?? nowMs) - healedAtMs;
  const ofLast = [...disk.rows.keys()].filter((key) => key.startsWith(`${machine.run.run}/`));
  for (const key of machine.errorsKept) {
    if (!disk.rows.has(key)) problems.push(`${key} was kept and is not stored`);
  }
  for (const key of spilled) {
    if (!disk.rows.has(key)) problems.push(`${key} was spilled and is not stored`);
  }
  outcome.spilled = spilled.size;
  const lost = [...machine.overwritten].filter((key) => !machine.errorsKept.has(key)).length;
  outcome.lost = lost;
  outcome.lostErrors = machine.lostErrors;
  const recorded = machine.keys.length;
  if (recorded !== ofLast.length + lost) {
    problems.push(
      `${recorded} recorded, ${ofLast.length} stored, ${lost} overwritten and not kept`,
    );
  }
  if (disk.spills.size > 1) problems.push('a spill of a dead process is left');
  const seen = new Set<string>();
  for (const key of disk.appended.filter((appended) => appended.startsWith(machine.run.run))) {
    if (seen.has(key) && !disk.uncertain.has(key)) problems.push(`${key} was appended twice`);
    seen.add(key);
  }
  return outcome;
}
