import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TraceCollector } from '../../src/collector/trace-collector.js';
import { getOperationId } from '../../src/context/operation-store.js';
import { runWithOperationId } from '../../src/context/run-operation.js';
import {
  monitor,
  monitorStats,
  openOperations,
  setDefaultCollector,
} from '../../src/monitor/index.js';
import { expectTraceError } from '../support/collect.js';
import { withoutSite } from '../support/monitor-calls.js';
import { nextWarning } from '../support/warnings.js';

let collector: TraceCollector;
const events = () => collector.query();
const onlyEvent = () => {
  expect(events()).toHaveLength(1);
  return events()[0] as ReturnType<typeof events>[number];
};

beforeEach(() => {
  collector = new TraceCollector({ capacity: 1000 });
  setDefaultCollector(collector);
});

afterEach(() => {
  setDefaultCollector(undefined);
  collector.close();
  expect(openOperations()).toEqual([]);
});

describe('one event per call', () => {
  it('has the process group, module.function, arguments, result and duration', () => {
    const wrapped = monitor({ processGroup: 'Scheduler' })(function place(
      request: { id: string },
      node = 'n0',
    ) {
      return { node, id: request.id };
    });
    const before = process.hrtime.bigint();
    expect(wrapped({ id: 'r1' }, 'n1')).toEqual({ node: 'n1', id: 'r1' });
    const after = process.hrtime.bigint();
    const event = onlyEvent();
    expect(event).toMatchObject({
      eventType: 'function_call',
      component: 'Scheduler',
      severity: 'Info',
      attributes: {
        process: 'monitor.test.place',
        'arg.request': "{id: 'r1'}",
        'arg.node': 'n1',
        result: "{node: 'n1', id: 'r1'}",
      },
    });
    expect(event.requestId).toMatch(/^[0-9a-f]{32}$/);
    expect(event.timestampNs).toBeGreaterThanOrEqual(before);
    expect(event.timestampNs + event.durationNs).toBeLessThanOrEqual(after);
  });

  it('records nothing of the values when capture is off', () => {
    monitor({ capture: false, module: 'm' })((x: number) => x)(1);
    expect(withoutSite(onlyEvent().attributes)).toEqual({ process: 'm.anonymous' });
  });

  it('an error is the same object, recorded with its stack and own properties', () => {
    const error = Object.assign(new Error('no room'), { code: 'E1', apiKey: 'xyzzy' });
    const fail = monitor({ module: 'm' })(function fail() {
      throw error;
    });
    expect(fail).toThrow(error);
    const { severity, rationale, attributes } = onlyEvent();
    expect(severity).toBe('Error');
    expect(rationale).toBe("Error: no room {code: 'E1', apiKey: ***}");
    expect(attributes.stack).toMatch(/^Error: no room\n {4}at /);
  });

  it('a long stack is whole, in parts', () => {
    const error = new Error('x');
    error.stack = `Error: x\n${Array.from({ length: 60 }, (_, i) => `    at frame${i} (file.ts:${i}:1)`).join('\n')}`;
    expect(() =>
      monitor()(() => {
        throw error;
      })(),
    ).toThrow();
    const { attributes } = onlyEvent();
    const { stack, 'stack.2': second, 'stack.3': third } = attributes;
    expect(`${stack}${second}${third ?? ''}`).toBe(error.stack);
  });
});

describe('nested calls', () => {
  it('share the operation and name their parent, across await', async () => {
    const callee = monitor()(function inner() {
      return getOperationId();
    });
    const caller = monitor()(async function outer() {
      callee();
      await new Promise((resolve) => setTimeout(resolve, 2));
      return callee();
    });
    const id = await caller();
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    const chain = collector.reconstructDecisionChain(id as string);
    const parent = chain[0];
    expect(chain.map(({ attributes }) => attributes.process)).toEqual([
      'monitor.test.outer',
      'monitor.test.inner',
      'monitor.test.inner',
    ]);
    expect(chain.slice(1).map(({ attributes }) => attributes.parent_event_id)).toEqual([
      parent?.eventId,
      parent?.eventId,
    ]);
    expect(getOperationId()).toBeUndefined();
  });

  it('belong to the operation around', () => {
    const fn = monitor()(() => getOperationId());
    expect(runWithOperationId('req-1', fn)).toBe('req-1');
    expect(onlyEvent().requestId).toBe('req-1');
    expect(onlyEvent().attributes.parent_event_id).toBeUndefined();
  });

  it('a call that starts when its parent has ended is of the operation, without a parent', async () => {
    const late = monitor({ name: 'late' })(() => {});
    let done: () => void;
    const ended = new Promise<void>((resolve) => {
      done = resolve;
    });
    monitor({ name: 'start' })(() => {
      setTimeout(() => {
        late();
        done();
      }, 1);
    })();
    await ended;
    const [first, second] = events();
    expect(second?.requestId).toBe(first?.requestId);
    expect(second?.attributes.parent_event_id).toBeUndefined();
  });
});

describe('openOperations', () => {
  it('lists what is under way, and no longer when it has ended', async () => {
    let finish: (value: number) => void = () => {};
    const slow = monitor({ processGroup: 'G', name: 'slow', module: 'm' })(async (size: number) => {
      await new Promise<number>((resolve) => {
        finish = resolve;
      });
      return size;
    });
    const promise = slow(7);
    expect(openOperations()).toMatchObject([
      { process: 'm.slow', processGroup: 'G', attributes: { process: 'm.slow', 'arg.size': '7' } },
    ]);
    expect(monitorStats().open).toBe(1);
    expect(openOperations()[0]?.elapsedNs).toBeGreaterThan(0n);
    finish(0);
    expect(await promise).toBe(7);
    expect(openOperations()).toEqual([]);
  });
});

describe('sampling', () => {
  it('is decided once per operation: chains are whole or absent', async () => {
    const leaf = monitor({ sampleRate: 0.9, name: 'leaf' })(() => {});
    const root = monitor({ sampleRate: 0.5, name: 'root' })(async () => {
      leaf();
      await undefined;
      leaf();
    });
    for (let i = 0; i < 300; i++) await root();
    for (let i = 0; i < 100; i++) {
      runWithOperationId(`op-${i}`, () => {
        leaf();
        leaf();
      });
    }
    const sizes = new Map<string, number>();
    for (const { requestId } of events()) sizes.set(requestId, (sizes.get(requestId) ?? 0) + 1);
    const whole = [...sizes].filter(([id, size]) => size === (id.startsWith('op-') ? 2 : 3));
    expect(whole).toHaveLength(sizes.size);
    const roots = [...sizes.keys()].filter((id) => !id.startsWith('op-')).length;
    expect(roots).toBeGreaterThan(100);
    expect(roots).toBeLessThan(200);
    expect(sizes.size - roots).toBeGreaterThan(70);
    expect(sizes.size - roots).toBeLessThan(100);
  });

  it('errors are recorded whatever the rate, with their arguments', () => {
    const parse = monitor({ sampleRate: 0 })(function parse(text: string): unknown {
      return JSON.parse(text);
    });
    parse('{}');
    expect(() => parse('{')).toThrow(SyntaxError);
    expect(onlyEvent()).toMatchObject({ severity: 'Error', attributes: { 'arg.text': '{' } });
  });
});

describe('failures of the monitor', () => {
  it('do not reach the caller and are counted', () => {
    const { failures } = monitorStats();
    const serializer = () => {
      throw new Error('serializer');
    };
    expect(monitor({ serializer })((x: number) => x + 1)(1)).toBe(2);
    const broken = {
      record: () => {
        throw new Error('record');
      },
    };
    expect(monitor({ collector: broken })((x: number) => x + 1)(1)).toBe(2);
    expect(events()).toHaveLength(1);
    expect(monitorStats().failures).toBe(failures + 3);
  });

  it('a serializer that calls a monitored function does not go round in circles', () => {
    const fn: (x: number) => number = monitor({ serializer: (x) => `${fn(Number(x))}` })(
      (x) => x * 2,
    );
    expect(fn(2)).toBe(4);
    expect(onlyEvent().attributes).toMatchObject({ 'arg.x': '4', result: '8' });
  });

  it('calls go on without a collector, and with a closed one', () => {
    setDefaultCollector(undefined);
    expect(monitor()(() => 1)()).toBe(1);
    const closed = new TraceCollector();
    closed.close();
    expect(monitor({ collector: closed })(() => 1)()).toBe(1);
  });

  it('warns when too many calls are under way', async () => {
    const warning = nextWarning('AEGIS_TRACE_OPEN_CALLS');
    const slow = monitor({ queueWarningThreshold: 3 })(async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
    });
    await Promise.all([slow(), slow(), slow()]);
    expect((await warning).message).toMatch(/^3 monitored calls are under way/);
  });
});

describe('misuse', () => {
  const invalid: [unknown, RegExp][] = [
    [null, /options must be an object; got null/],
    [{ procesGroup: 'x' }, /a field of options must be one of processGroup.*got "procesGroup"/],
    [{ processGroup: '' }, /processGroup must be a non-empty string/],
    [{ sampleRate: 1.1 }, /sampleRate must be a number from 0 to 1; got 1.1/],
    [{ sampleRate: Number.NaN }, /sampleRate/],
    [{ capture: { args: 1 } }, /capture.args must be a boolean/],
    [{ capture: { locals: true } }, /capture.locals must be left out/],
    [{ capture: { arguments: true } }, /a field of capture/],
    [{ serializer: 'pickle' }, /serializer must be one of smart, inspect, json or a function/],
    [{ maxLength: 0 }, /maxLength must be an integer from 1 to 1024/],
    [{ sensitiveFields: 'password' }, /sensitiveFields must be an array of non-empty strings/],
    [{ queueWarningThreshold: 0 }, /queueWarningThreshold must be an integer/],
    [{ collector: {} }, /collector must be a TraceCollector/],
    [{ module: 1 }, /module must be a non-empty string/],
  ];
  it.each(invalid)('monitor(%o) throws', async (options, message) => {
    await expectTraceError(() => monitor(options as object), 'ERR_TRACE_OPTION', message);
  });

  it('only functions can be monitored', async () => {
    const wrap = () => monitor()(1 as unknown as () => void);
    await expectTraceError(wrap, 'ERR_TRACE_OPTION', /fn must be a function; got 1/);
    const set = () => setDefaultCollector({} as TraceCollector);
    await expectTraceError(set, 'ERR_TRACE_OPTION', /collector must be a TraceCollector/);
  });
});

it('M5: a number under the plural of a sensitive name is a count, any other value a secret', () => {
  monitor()(function answer(_contextTokens: unknown, _token: unknown) {})(512, 512);
  monitor()(function answer(_contextTokens: unknown, _token: unknown) {})('abc', 1n);
  expect(events().map(({ attributes }) => attributes)).toMatchObject([
    { 'arg._contextTokens': '512', 'arg._token': '***' },
    { 'arg._contextTokens': '***', 'arg._token': '***' },
  ]);
});
