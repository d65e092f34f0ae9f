import { describe, expect, it } from 'vitest';
import { DIST_URL, runModule } from '../support/child.js';

const MONITOR = new URL('../../dist/monitor/index.js', import.meta.url).href;
const PRELUDE = `
  const { TraceCollector } = await import(${JSON.stringify(DIST_URL)});
  const { monitor, monitorStats, openOperations } = await import(${JSON.stringify(MONITOR)});
  const collector = new TraceCollector({ capacity: 10_000 });
  const wrap = monitor({ collector, module: 'm' });
  const settled = () => new Promise((resolve) => setTimeout(resolve, 20));`;

describe('M3: a rejection that nobody handles', () => {
  const kinds: [string, string][] = [
    ['of an async function', 'async () => { throw error; }'],
    ['of an async function, later', 'async () => { await null; throw error; }'],
    ['of a promise', '() => Promise.reject(error)'],
    ['of a promise with properties', '() => Object.assign(Promise.reject(error), { own: 1 })'],
    ['of a subclass', '() => new (class extends Promise {})((_, reject) => reject(error))'],
    ['of undefined', 'async () => { throw undefined; }'],
    ['of a thenable that is awaited', 'async () => ({ then: (_, reject) => reject(error) })'],
    ['of an async generator', 'async function* () { throw error; }'],
  ];
  it.each(kinds)('is reported exactly once, the same: %s', async (_, fn) => {
    const source = (wrapped: string) => `${PRELUDE}
      const error = new Error('nobody');
      const reports = [];
      for (const event of ['unhandledRejection', 'rejectionHandled', 'uncaughtException'])
        process.on(event, (value, promise) => reports.push([event, value === error || value === undefined, promise instanceof Promise]));
      const fn = ${wrapped};
      const step = (result) => (typeof result.next === 'function' ? result.next() : result);
      step(fn());
      await settled();
      const handled = step(fn());
      handled.catch?.(() => reports.push('caught'));
      await settled();
      console.log(JSON.stringify(reports));`;
    const [bare, monitored] = await Promise.all([
      runModule(source(fn)),
      runModule(source(`wrap(${fn})`)),
    ]);
    expect(JSON.parse(bare.stdout)).toHaveLength(2);
    expect(monitored).toEqual(bare);
  });
});

it('a generator that is dropped is recorded when it is collected, and does not stay open', async () => {
  const source = `${PRELUDE}
    const count = wrap(function* count() { yield 1; yield 2; });
    const unstarted = wrap(function* unstarted() { yield 1; });
    const stream = wrap(async function* stream() { yield 1; yield 2; });
    const drop = async () => {
      for (let i = 0; i < 1000; i++) { count().next(); unstarted(); await stream().next(); }
    };
    await drop();
    const open = openOperations().length;
    for (let i = 0; i < 50 && monitorStats().open > 0; i++) { await settled(); gc(); }
    const ended = {};
    for (const { attributes } of collector.query()) {
      const key = [attributes.process, attributes.yielded, attributes.ended].join(' ');
      ended[key] = (ended[key] ?? 0) + 1;
    }
    console.log(JSON.stringify({ open: open > 0, left: monitorStats(), ended }));`;
  const { stdout, stderr } = await runModule(source, { flags: ['--expose-gc'] });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({
    open: true,
    left: { open: 0, failures: 0 },
    ended: {
      'm.count 1 dropped': 1000,
      'm.unstarted 0 dropped': 1000,
      'm.stream 1 dropped': 1000,
    },
  });
});
