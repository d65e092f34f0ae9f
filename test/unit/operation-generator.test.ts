// The body of a generator runs when it is consumed, by whoever does so: it belongs to the operation all the same.
import { setImmediate as tick } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { TraceCollector } from '../../src/collector/trace-collector.js';
import { getOperationId } from '../../src/context/operation-store.js';
import { operation, runWithOperationId, withOperationId } from '../../src/context/run-operation.js';
import { monitor } from '../../src/monitor/monitor.js';

const collector = new TraceCollector({ capacity: 100 });
afterEach(() => collector.clear());

function* ids(): Generator<string | undefined, string | undefined, unknown> {
  try {
    yield getOperationId();
    yield getOperationId();
    return getOperationId();
  } finally {
    seen.push(getOperationId());
  }
}
async function* asyncIds(): AsyncGenerator<string | undefined> {
  yield getOperationId();
  await tick();
  yield getOperationId();
}
let seen: unknown[] = [];
const idFrom = () => 'made';

const wrappers: [string, <F extends () => Generator | AsyncGenerator>(fn: F) => F][] = [
  ['operation()', (fn) => operation('g', fn, { idFrom })],
  ['operation() around operation()', (fn) => operation('o', operation('g', fn, { idFrom }))],
  ['operation() around monitor()', (fn) => operation('g', monitor({ collector })(fn), { idFrom })],
  ['monitor() around operation()', (fn) => monitor({ collector })(operation('g', fn, { idFrom }))],
];

describe.each(wrappers)('O1: every step of a generator runs in the operation of %s', (_, wrap) => {
  it('of a generator, consumed in another operation', () => {
    seen = [];
    const steps = runWithOperationId('consumer', () => [...wrap(ids)()]);
    expect(steps).toEqual(['made', 'made']);
    expect(seen).toEqual(['made']);
  });

  it('of an async generator, consumed outside of any', async () => {
    const steps: unknown[] = [];
    for await (const id of wrap(asyncIds)()) steps.push(id, getOperationId());
    expect(steps).toEqual(['made', undefined, 'made', undefined]);
  });

  it('of one that is left early, its finally included', () => {
    seen = [];
    for (const id of wrap(ids)()) {
      expect(id).toBe('made');
      break;
    }
    expect(seen).toEqual(['made']);
  });
});

it('O1: withOperationId and runWithOperationId do the same', () => {
  const [first, second] = withOperationId(ids)();
  expect(first).toMatch(/^[0-9a-f]{32}$/);
  expect(second).toBe(first);
  expect([...runWithOperationId('given', ids)]).toEqual(['given', 'given']);
});

it('O4: an error that leaves a step carries the id; the generator stays what it was', async () => {
  const failing = operation(
    'f',
    async function* () {
      yield 1;
      throw new Error('second step');
    },
    { idFrom },
  );
  const generator = failing();
  expect(Object.prototype.toString.call(generator)).toBe('[object AsyncGenerator]');
  expect(generator[Symbol.asyncIterator]()).toBe(generator);
  expect(Object.keys(generator)).toEqual([]);
  await generator.next();
  await expect(generator.next()).rejects.toMatchObject({
    message: 'second step',
    operationId: 'made',
  });
});
