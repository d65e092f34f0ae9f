import { EventEmitter } from 'node:events';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TraceCollector } from '../../src/collector/trace-collector.js';
import { operation } from '../../src/context/index.js';
import { autoInstrument, monitor, openOperations } from '../../src/monitor/index.js';

let collector: TraceCollector;
beforeEach(() => {
  collector = new TraceCollector();
});
afterEach(() => collector.close());

const events = () => collector.query();
const processes = () => events().map(({ attributes }) => attributes.process);

class Base extends EventEmitter {
  #base = 20;
  fromBase() {
    return this.#base;
  }
  shared() {
    return 'base';
  }
}
class Service extends Base {
  static make() {
    return new Service();
  }
  #own = 1;
  own() {
    return this.#own + this.fromBase();
  }
  override shared() {
    return `${super.shared()}, service`;
  }
  get computed() {
    return this.#own;
  }
  [Symbol.iterator]() {
    return [][Symbol.iterator]();
  }
}

describe('autoInstrument of an instance', () => {
  it('monitors the methods of its class and of the classes that this extends, on it alone', () => {
    const service = new Service();
    expect(autoInstrument(service, { collector })).toBe(service);
    expect([service.own(), service.shared(), service.computed]).toEqual([21, 'base, service', 1]);
    service.emit('event');
    expect(processes()).toEqual(['Service.own', 'Service.fromBase', 'Service.shared']);
    new Service().own();
    expect(events()).toHaveLength(3);
    expect([...service]).toEqual([]);
    expect(Object.keys(service).filter((key) => ['own', 'fromBase'].includes(key))).toEqual([]);
  });

  it('leaves alone what exclude names, and is without effect the second time', () => {
    const service = autoInstrument(new Service(), { collector, exclude: ['shared'] });
    autoInstrument(service, { collector, exclude: ['shared'] });
    service.own();
    service.shared();
    expect(processes()).toEqual(['Service.own', 'Service.fromBase']);
  });

  it('takes functions that are its own, and methods of an object that it was made from', () => {
    const made = Object.assign(Object.create({ inherited: () => 1 }), { own: () => 2 });
    autoInstrument(made, { collector, module: 'made' });
    expect([made.inherited(), made.own()]).toEqual([1, 2]);
    expect(processes()).toEqual(['made.inherited', 'made.own']);
  });

  it.each([
    ['a frozen instance', Object.freeze(new Service()), 'own'],
    ['a sealed object', Object.freeze({ run: () => 1 }), 'run'],
    ['an instance that takes no properties', Object.preventExtensions(new Service()), 'own'],
  ])('says of %s that nothing can be replaced, and what to do', (_, target, name) => {
    expect(() => autoInstrument(target, { collector })).toThrow(
      expect.objectContaining({
        code: 'ERR_TRACE_OPTION',
        message: expect.stringMatching(
          new RegExp(`which ${name} cannot: autoInstrument\\(\\) what it is made from`),
        ),
      }),
    );
  });
});

describe('a recursion that ends the stack', () => {
  const recurse = (capture: boolean) => {
    let deepest = 0;
    const down: (depth: number) => number = monitor({
      collector,
      module: 'm',
      capture: { args: capture },
    })(function down_(depth: number): number {
      deepest = Math.max(deepest, depth);
      return down(depth + 1) + 1;
    });
    expect(() => down(0)).toThrow(RangeError);
    return deepest;
  };

  it.each([true, false])(
    'leaves no call under way, and the next calls are recorded, capture: %s',
    (capture) => {
      expect(recurse(capture)).toBeGreaterThan(100);
      expect(openOperations()).toEqual([]);
      collector.clear();
      expect(monitor({ collector, module: 'm' })(() => 1)()).toBe(1);
      expect(events()).toHaveLength(1);
      expect(events()[0]?.attributes).not.toHaveProperty('parent_event_id');
    },
  );

  it('a monitored call at the very end of the stack leaves none under way either', () => {
    const leaf = monitor({ collector, module: 'm' })(() => 1);
    const down = (): number => {
      try {
        return down() + 1;
      } catch {
        try {
          return leaf();
        } catch {
          return 0;
        }
      }
    };
    for (let i = 0; i < 50; i++) down();
    expect(openOperations()).toEqual([]);
  });
});

describe('promises of another realm', () => {
  it('are followed until they settle', async () => {
    const foreign = runInNewContext(
      '({ resolve: (ms) => new Promise((done) => later(() => done(7), ms)) })',
      {
        later: setTimeout,
      },
    ) as { resolve(ms: number): Promise<number> };
    const call = monitor({ collector, module: 'm' })(foreign.resolve);
    const promise = call(20);
    expect(openOperations()).toHaveLength(1);
    expect(await promise).toBe(7);
    expect(promise).not.toBeInstanceOf(Promise);
    expect(events()[0]?.durationNs).toBeGreaterThan(15_000_000n);
    expect(events()[0]?.attributes.result).toBe('7');
  });

  it('record why they were rejected', async () => {
    const reject = runInNewContext('() => Promise.reject(new TypeError("no such model"))');
    const call = monitor({ collector, module: 'm' })(reject as () => Promise<never>);
    await expect(call()).rejects.toThrow('no such model');
    expect(events()[0]).toMatchObject({ severity: 'Error', rationale: 'TypeError: no such model' });
  });

  it('are handed out as they are when they have a class of their own', () => {
    const own = runInNewContext('(class Own extends Promise {}).resolve(1)') as Promise<number>;
    expect(monitor({ collector, module: 'm' })(() => own)()).toBe(own);
  });
});

it('a generator in an operation is followed to its end', () => {
  const steps = operation('steps', function* () {
    yield 1;
    yield 2;
  });
  const call = monitor({ collector, module: 'm' })(steps);
  expect([...call()]).toEqual([1, 2]);
  expect(events()).toHaveLength(1);
  expect(events()[0]?.attributes).toMatchObject({ yielded: '2' });
});

describe('what the user has made of Error', () => {
  const before = Object.getOwnPropertyDescriptors(Error);
  afterEach(() => {
    for (const name of ['stackTraceLimit', 'prepareStackTrace'] as const) {
      const descriptor = (before as PropertyDescriptorMap)[name];
      if (descriptor === undefined) Reflect.deleteProperty(Error, name);
      else Object.defineProperty(Error, name, descriptor);
    }
  });

  it('is left as it was, also where prepareStackTrace throws', () => {
    const prepare = () => {
      throw new Error('mine');
    };
    Error.stackTraceLimit = 42;
    Error.prepareStackTrace = prepare;
    monitor({ collector })(() => 1)();
    expect([Error.stackTraceLimit, Error.prepareStackTrace === prepare]).toEqual([42, true]);
    expect(processes()[0]).toMatch(/^anonymous\./);
  });

  it('stays absent where it was', () => {
    Reflect.deleteProperty(Error, 'stackTraceLimit');
    monitor({ collector })(() => 1)();
    expect(Object.hasOwn(Error, 'stackTraceLimit')).toBe(false);
  });
});
