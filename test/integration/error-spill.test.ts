import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Drain, OrphanSpill } from '../../src/collector/drain.js';
import { TraceCollector } from '../../src/collector/trace-collector.js';
import { runModule } from '../support/child.js';

const DIST = new URL('../../dist/', import.meta.url).href;
const SMALLEST = 64 * 1024;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aegis-spill-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A process that fills its lane, says what it holds, and is killed at once. */
const KILLED = `
import { writeSync } from 'node:fs';
import { TraceCollector } from '${DIST}index.js';
import { Drain } from '${DIST}collector/drain.js';
const [spillDirectory, count] = process.argv.slice(1);
const collector = new TraceCollector({ capacity: 10 });
const drain = Drain.open(collector, { errorLaneBytes: ${SMALLEST}, spillDirectory });
for (let i = 0; i < Number(count); i++) {
  collector.record({ eventType: 'failed', component: 'c', severity: 'Error', rationale: String(i).padEnd(300) });
}
const { laneEvents, spilled } = drain.stats();
writeSync(1, JSON.stringify({ laneEvents, spilled, run: drain.run.run, pid: process.pid }));
process.kill(process.pid, 'SIGKILL');
`;

async function killed(count: number) {
  const end = await runModule(KILLED, { args: [folder, String(count)] });
  expect(end).toMatchObject({ signal: 'SIGKILL', stderr: '' });
  return JSON.parse(end.stdout) as Record<'laneEvents' | 'spilled' | 'pid', number> & {
    run: string;
  };
}

it('P2: an error that was spilled survives SIGKILL', async () => {
  const { laneEvents, spilled, run, pid } = await killed(1_000);
  expect(laneEvents + spilled).toBe(1_000);
  const paths = OrphanSpill.list(folder);
  expect(paths).toHaveLength(1);
  const left = OrphanSpill.open(paths[0] as string);
  if (left === undefined) expect.fail('its process is dead');
  expect(left.run).toMatchObject({ run, pid });
  const events = left.peek(2_000);
  // The lane took the first ones, and died with the process.
  expect(events.map(({ sequence }) => sequence)).toEqual(
    Array.from({ length: spilled }, (_, i) => laneEvents + i),
  );
  expect(events.every(({ event, sequence }) => Number(event.rationale) === sequence)).toBe(true);
  expect(left.skipped).toBe(0);
  left.close();
}, 60_000);

it('P2: a spill file that is torn at its end and damaged within gives the rest', async () => {
  const { laneEvents, spilled } = await killed(500);
  const [name = ''] = readdirSync(folder);
  const path = join(folder, name);
  const bytes = readFileSync(path);
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] as number) ^ 1;
  writeFileSync(path, bytes.subarray(0, -5));
  const left = OrphanSpill.open(path);
  if (left === undefined) expect.fail('its process is dead');
  const sequences = left.peek(1_000).map(({ sequence }) => sequence);
  expect(sequences).toHaveLength(spilled - 2);
  expect(left.skipped).toBe(2);
  expect(new Set(sequences).size).toBe(spilled - 2);
  expect(Math.min(...sequences)).toBe(laneEvents);
  expect(Math.max(...sequences)).toBe(498);
  left.close();
}, 60_000);

const DRAINING = `
import { parentPort, workerData } from 'node:worker_threads';
import { TraceCollector } from '${DIST}index.js';
import { Drain } from '${DIST}collector/drain.js';
const { handle, spillDirectory, endless } = workerData;
const drain = Drain.open(TraceCollector.attach(handle), { errorLaneBytes: ${SMALLEST}, spillDirectory });
parentPort.postMessage('open');
if (endless) for (;;) drain.peekErrors(10);
const errors = new Set();
let events = 0;
let missed = 0;
let isLast = false;
parentPort.once('message', () => (isLast = true));
for (let turn = 0; ; turn++) {
  const some = drain.peekErrors(500);
  if (turn % 2 === 0 || isLast) {
    for (const { lane, sequence, event } of some) {
      if (errors.has(lane + ':' + sequence)) throw new Error('twice');
      errors.add(lane + ':' + sequence);
      if (event.severity !== 'Error') throw new Error(event.severity);
    }
    drain.acknowledgeErrors();
  }
  const read = drain.readEvents(500);
  events += read.events.length;
  missed += read.missed;
  if (isLast && some.length === 0 && read.events.length === 0) break;
  await new Promise((resolve) => setImmediate(resolve));
}
parentPort.postMessage({ errors: errors.size, events, missed, stats: drain.stats(), closed: drain.close() });
`;

function drainingWorker(collector: TraceCollector, endless = false) {
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(DRAINING)}`), {
    workerData: { handle: collector.share(), spillDirectory: folder, endless },
  });
  const next = () =>
    new Promise<unknown>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  return { worker, next };
}

it('P1: a worker thread drains what the main thread records, exactly', async () => {
  const collector = new TraceCollector({ capacity: 1_000 });
  const { worker, next } = drainingWorker(collector);
  await next();
  let errors = 0;
  for (let burst = 0; burst < 20; burst++) {
    for (let i = 0; i < 1_000; i++) {
      const isError = i % 4 === 0;
      if (isError) errors++;
      collector.record({ eventType: 't', component: 'c', severity: isError ? 'Error' : 'Info' });
    }
    await new Promise((resolve) => setTimeout(resolve, burst % 3));
  }
  const result = next();
  worker.postMessage('end');
  const {
    errors: delivered,
    events,
    missed,
    stats,
    closed,
  } = (await result) as {
    errors: number;
    events: number;
    missed: number;
    stats: { lost: number; lostErrors: number };
    closed: { spilled: number };
  };
  expect(delivered).toBe(errors);
  expect(events + missed).toBe(20_000);
  expect(stats).toMatchObject({ backlog: 0, lostErrors: 0 });
  expect(stats.lost).toBeLessThanOrEqual(missed);
  expect(closed).toEqual({ spilled: 0 });
  await worker.terminate();
  expect(readdirSync(folder)).toEqual([]);
  Drain.open(collector).close(); // the worker's drain is no more
  collector.close();
}, 60_000);

it('P2: a worker that is terminated leaves its errors in the spill file', async () => {
  const collector = new TraceCollector({ capacity: 1_000 });
  const { worker, next } = drainingWorker(collector, true);
  await next();
  for (let i = 0; i < 100; i++) {
    collector.record({ eventType: 't', component: 'c', severity: 'Critical' });
  }
  await worker.terminate();
  const [path = ''] = OrphanSpill.list(folder);
  const left = OrphanSpill.open(path);
  expect(left?.peek(200).map(({ sequence }) => sequence)).toEqual(
    Array.from({ length: 100 }, (_, i) => i),
  );
  left?.close();
  collector.close();
}, 60_000);
