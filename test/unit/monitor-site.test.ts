import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TraceCollector } from '../../src/collector/trace-collector.js';
import { autoInstrument, monitor } from '../../src/monitor/index.js';

const HERE = fileURLToPath(import.meta.url);

let collector: TraceCollector;
beforeEach(() => {
  collector = new TraceCollector({ capacity: 1000 });
});
afterEach(() => collector.close());

/** The line of this file from which it is called. */
const lineHere = (): number =>
  Number(/:(\d+):\d+\)?$/.exec(new Error().stack?.split('\n')[2] ?? '')?.[1]);

/** Of each call, in order: its process and the line of its function, where that is told. */
const sites = (from = collector): (string | number | undefined)[][] =>
  from.query().map(({ attributes }) => {
    const path = attributes['code.file.path'];
    if (path !== undefined) expect(path).toBe(HERE);
    const line = attributes['code.line.number'];
    return [attributes.process, line === undefined ? undefined : Number(line)];
  });

it('the first call of a function says where it was monitored, the others do not', () => {
  const first = monitor({ collector, module: 'm', name: 'first' })((x: number) => x);
  const firstLine = lineHere() - 1;
  const second = monitor({ collector, module: 'm', name: 'second' })(() => {});
  for (const x of [1, 2]) first(x);
  second();
  expect(sites()).toEqual([
    ['m.first', firstLine],
    ['m.first', undefined],
    ['m.second', firstLine + 2],
  ]);
});

it('each recorder is told once, also when they take turns, and also by a call that fails', () => {
  const other = new TraceCollector({ capacity: 10 });
  const events: { attributes?: unknown }[] = [];
  const own = { record: (event: object) => void events.push(event) };
  let recorder: { record: (event: never) => void } = collector;
  const turning = { record: (event: never) => recorder.record(event) };
  const fails = monitor({ collector: own, module: 'm', name: 'f', capture: false })(() => {
    throw new Error('no');
  });
  expect(fails).toThrow('no');
  expect(fails).toThrow('no');
  expect(events.map(({ attributes }) => Object.keys(attributes as object))).toEqual([
    expect.arrayContaining(['code.file.path', 'code.line.number']),
    expect.not.arrayContaining(['code.file.path']),
  ]);
  const call = monitor({ collector: turning, module: 'm', name: 'g' })(() => {});
  call();
  recorder = other;
  call();
  // One recorder as far as monitor() can see.
  expect([sites().length, sites(other)[0]?.[1]]).toEqual([1, undefined]);
  other.close();
});

it('methods: the line of the decorator, and of autoInstrument()', () => {
  const settings = { collector, module: 'm' };
  class Gate {
    @monitor(settings)
    admit() {
      return true;
    }
  }
  const gate = new Gate();
  gate.admit();
  gate.admit();
  const tools = autoInstrument({ add: (a: number) => a, sub: (a: number) => a }, settings);
  const toolsLine = lineHere() - 1;
  tools.add(1);
  tools.sub(1);
  tools.sub(2);
  const [decorated, again, ...rest] = sites();
  expect(decorated?.[1]).toBeGreaterThan(1);
  expect(decorated?.[1]).toBeLessThan(toolsLine);
  expect(again?.[1]).toBeUndefined();
  expect(rest).toEqual([
    ['m.add', toolsLine],
    ['m.sub', toolsLine],
    ['m.sub', undefined],
  ]);
});

it('code that was made of text has the place of its caller', () => {
  const make = new Function('monitor', 'options', 'return monitor(options)(function f() {})');
  make(monitor, { collector, module: 'm' })();
  expect(sites()[0]?.[1]).toBe(lineHere() - 1);
});
