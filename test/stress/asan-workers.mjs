// What AddressSanitizer and UBSan watch inside Node (scripts/check-native.mjs): 8 workers that
// record, query, read, export, clear and are terminated, on one collector. Prints `ok`.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { TraceCollector } from '../../dist/index.js';

const WORKERS = 8;
const ROUNDS = 4;
const STEPS = 150;
const CAPACITY = 3_000;

/** Events of every shape, also those that are cut or rejected. */
function recordSome(collector, name, step) {
  for (let i = 0; i < 60; i++) {
    const size = (step * 31 + i) % 300;
    collector.record({
      eventType: i % 50 === 0 ? '' : `type-${i % 3}`,
      component: name,
      requestId: `request-${i % 7}`,
      modelId: i % 5 === 0 ? '\ud800' : 'm'.repeat(size),
      rationale: (i % 2 === 0 ? 'é😀' : 'x').repeat(size * (i % 29 === 0 ? 20 : 1)),
      severity: ['Info', 'Warning', 'Error', 'Critical', 'Fatal'][i % 20 === 0 ? 4 : i % 4],
      durationNs: i % 11 === 0 ? 2n ** 63n - 1n : i,
      attributes: { step, [`k${'y'.repeat(i)}`]: 'v'.repeat(size * 4), '\udfff': null },
    });
  }
}

async function work({ handle, name, folder, forever }) {
  const collector = TraceCollector.attach(handle);
  const reader = collector.reader();
  parentPort.postMessage('started');
  for (let step = 0; forever || step < STEPS; step++) {
    recordSome(collector, name, step);
    if (step % 5 === 0) reader.read(500);
    if (step % 11 === 0) collector.reconstructDecisionChain('request-3');
    if (step % 13 === 0) collector.query({ minSeverity: 'Error', limit: 50 });
    if (step % 17 === 0) await collector.queryAsync({ component: name });
    if (step % 29 === 0) await collector.exportJson(join(folder, `${name}.json`));
    if (step % 31 === 0) await collector.exportJson(join(folder, 'none', 'x')).catch(() => {});
    if (step % 61 === 0) collector.clear();
    if (step % 7 === 0) TraceCollector.attach(handle).close();
  }
  reader.close();
  collector.close();
  collector.recordNow('after', 'close');
}

async function main() {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-trace-asan-'));
  const collector = new TraceCollector({ capacity: CAPACITY });
  const handle = collector.share();
  for (let round = 0; round < ROUNDS; round++) {
    // Every second worker works without end and is terminated wherever it is.
    const workers = Array.from({ length: WORKERS }, (_, index) => {
      const data = { handle, name: `w${index}`, folder, forever: index % 2 === 1 };
      return new Worker(fileURLToPath(import.meta.url), { workerData: data });
    });
    const exits = workers.map((worker) => once(worker, 'exit'));
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    const finishing = Promise.all(exits.filter((_, index) => index % 2 === 0));
    let finished = false;
    void finishing.then(() => {
      finished = true;
    });
    while (!finished) {
      const { recorded, size, dropped, cleared } = collector.stats();
      assert.equal(recorded, size + dropped + cleared);
      assert.ok(size <= CAPACITY);
      collector.query({ requestId: 'request-5' });
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.deepEqual(new Set((await finishing).map(([code]) => code)), new Set([0]));
    await Promise.all(workers.map((worker) => worker.terminate()));
    await Promise.all(exits);
  }
  await collector.exportJson(join(folder, 'last.json'));
  assert.deepEqual(
    readdirSync(folder).filter((name) => !name.endsWith('.json')),
    [],
  );
  assert.ok(collector.stats().rejected > 0 && collector.stats().truncated > 0);
  collector.close();
  rmSync(folder, { recursive: true });
  process.stdout.write('ok\n');
}

await (isMainThread ? main() : work(workerData));
