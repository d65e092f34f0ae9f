import { types } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TraceCollector } from '../../src/collector/trace-collector.js';
import {
  autoInstrument,
  monitor,
  setDefaultCollector,
  TraceCalls,
  TraceErrors,
  TraceTime,
} from '../../src/monitor/index.js';
import { expectTraceError } from '../support/collect.js';
import { withoutSite } from '../support/monitor-calls.js';

let collector: TraceCollector;
const attributes = () => collector.query().map((event) => withoutSite(event.attributes));
const names = () => attributes().map(({ process }) => process);

beforeEach(() => {
  collector = new TraceCollector({ capacity: 1000 });
  setDefaultCollector(collector);
});

afterEach(() => {
  setDefaultCollector(undefined);
  collector.close();
});

describe('the wrapped function', () => {
  it('keeps name, length, this, prototype and properties, also later ones', () => {
    function original(this: { factor: number }, a: number, _b?: number) {
      return a * this.factor;
    }
    original.cache = new Map();
    const wrapped = monitor()(original);
    expect([wrapped.name, wrapped.length]).toEqual(['original', 2]);
    expect(wrapped.call({ factor: 3 }, 2)).toBe(6);
    expect(wrapped.cache).toBe(original.cache);
    Object.assign(original, { later: 1 });
    expect(Reflect.ownKeys(wrapped)).toEqual(Reflect.ownKeys(original));
    expect(wrapped.prototype).toBe(original.prototype);
  });

  it('leaves constructors alone', () => {
    class Point {
      constructor(readonly x: number) {}
    }
    expect(monitor()(Point)).toBe(Point);
    function Old(this: { x: number }, x: number) {
      this.x = x;
      return new.target === Old ? undefined : { wrong: true };
    }
    const Wrapped = monitor()(Old) as unknown as new (x: number) => { x: number };
    expect(new Wrapped(4)).toEqual({ x: 4 });
    expect(new Wrapped(4)).toBeInstanceOf(Old);
    expect(names()).toEqual([]);
  });

  it('a promise resolves alike; one that is returned again is the same again', async () => {
    const shared = Promise.resolve(5);
    const get = monitor({ name: 'get', module: 'm' })(() => shared);
    expect(get()).toBe(get());
    expect(await get()).toBe(5);
    expect(await get()).toBe(5);
    expect(attributes().map(({ result }) => result)).toEqual(['5', '5', '5', '5']);
  });

  it('a rejection is the same error, and unhandled when nobody handles it', async () => {
    const error = new Error('late');
    const later = monitor()(async () => {
      await undefined;
      throw error;
    });
    await expect(later()).rejects.toBe(error);
    expect(collector.query()[0]?.severity).toBe('Error');
  });

  it('a thenable and a promise with properties of its own are handed out as they are', () => {
    let started = 0;
    // biome-ignore lint/suspicious/noThenProperty: a lazy query, as query builders have them
    const lazy = { then: () => started++ };
    const child = Object.assign(Promise.resolve(1), { kill: () => {} });
    expect(monitor()(() => lazy)()).toBe(lazy);
    expect(monitor()(() => child)()).toBe(child);
    expect(started).toBe(0);
    expect(collector.size).toBe(2);
  });
});

describe('generators', () => {
  it('are followed through their whole life', () => {
    const count = monitor({ module: 'm' })(function* values(
      to: number,
    ): Generator<number, string, string> {
      let received = '';
      for (let i = 0; i < to; i++) received += yield i;
      return received;
    });
    const generator = count(2);
    expect(types.isGeneratorObject(generator)).toBe(true);
    expect(generator).toBeInstanceOf(count);
    expect(collector.size).toBe(0);
    expect([generator.next('x'), generator.next('a'), generator.next('b')]).toEqual([
      { value: 0, done: false },
      { value: 1, done: false },
      { value: 'ab', done: true },
    ]);
    expect(generator.next('c')).toEqual({ value: undefined, done: true });
    expect(attributes()).toEqual([
      { process: 'm.values', 'arg.to': '2', yielded: '2', ended: 'done', result: 'ab' },
    ]);
  });

  it('an early return and a throw are seen', () => {
    const endless = monitor({ name: 'endless', module: 'm' })(function* () {
      for (let i = 0; ; i++) yield i;
    });
    for (const value of endless()) if (value === 2) break;
    const error = new Error('thrown in');
    const generator = endless();
    generator.next();
    expect(() => generator.throw(error)).toThrow(error);
    expect(attributes()).toMatchObject([
      { yielded: '3', ended: 'return' },
      { yielded: '1', error: 'Error: thrown in' },
    ]);
  });

  it('async ones too; calls inside name them as their parent', async () => {
    const step = monitor({ name: 'step', module: 'm' })(async (i: number) => i);
    const stream = monitor({ name: 'stream', module: 'm' })(async function* (to: number) {
      for (let i = 0; i < to; i++) yield await step(i);
    });
    const values: number[] = [];
    for await (const value of stream(3)) values.push(value);
    expect(values).toEqual([0, 1, 2]);
    const parent = collector.query().find((event) => event.attributes.process === 'm.stream');
    expect(parent?.attributes).toMatchObject({ yielded: '3', ended: 'done' });
    const steps = attributes().filter(({ process }) => process === 'm.step');
    expect(steps.map((step) => step.parent_event_id)).toEqual(Array(3).fill(parent?.eventId));

    const failing = monitor({ name: 'failing' })(async function* () {
      yield 1;
      throw new RangeError('end');
    });
    const iterate = async () => {
      for await (const _ of failing());
    };
    await expect(iterate()).rejects.toThrow(RangeError);
    expect(collector.query({ minSeverity: 'Error' })[0]?.attributes.yielded).toBe('1');
  });
});

describe('the deprecated names', () => {
  it('M7: warn once each, and record times, calls or errors', async () => {
    const warnings: (string | undefined)[] = [];
    const listen = (warning: Error & { code?: string }) => {
      if (warning.code === 'AEGIS_TRACE_LEGACY') warnings.push(warning.message.split(' ')[0]);
    };
    process.on('warning', listen);
    const fail = () => {
      throw new Error('x');
    };
    for (const shim of [TraceTime, TraceCalls, TraceErrors, TraceTime, TraceCalls, TraceErrors]) {
      shim({ module: shim.name, name: 'f' })((x: number) => x)(1);
    }
    expect(TraceErrors({ module: 'm', name: 'fail' })(fail)).toThrow('x');
    await new Promise(setImmediate);
    process.off('warning', listen);
    expect(warnings).toEqual(['TraceTime', 'TraceCalls', 'TraceErrors']);
    const time = { process: 'TraceTime.f' };
    const call = { process: 'TraceCalls.f', 'arg.x': '1', result: '1' };
    expect(attributes().slice(0, 4)).toEqual([time, call, time, call]);
    expect(attributes().slice(4)).toMatchObject([{ process: 'm.fail', error: 'Error: x' }]);
  });
});

describe('the decorator', () => {
  it('monitors methods, static and private ones under the name of their class', () => {
    class Scheduler {
      base = 2;
      @monitor({ processGroup: 'S' })
      place(x: number) {
        return this.#twice(x) + this.base;
      }
      @monitor({ processGroup: 'S' })
      #twice(x: number) {
        return x * 2;
      }
      @monitor()
      static of() {
        return new this();
      }
      @monitor()
      get size() {
        return this.base;
      }
    }
    class Sub extends Scheduler {}
    expect(new Scheduler().size).toBe(2);
    expect(Sub.of().place(5)).toBe(12);
    expect(names()).toEqual([
      'Scheduler.size',
      'Scheduler.of',
      'Scheduler.place',
      'Scheduler.#twice',
    ]);
  });

  it('an accessor of a sensitive field shows it neither coming nor going', () => {
    class Account {
      #password = '';
      @monitor()
      get password() {
        return this.#password;
      }
      @monitor()
      set password(value: string) {
        this.#password = value;
      }
    }
    const account = new Account();
    account.password = 'xyzzy';
    expect(account.password).toBe('xyzzy');
    expect(attributes()).toMatchObject([
      { 'arg.value': '***', result: 'undefined' },
      { result: '***' },
    ]);
  });

  it('refuses fields', async () => {
    const decorate = () => monitor()((() => {}) as () => void, { kind: 'field' } as never);
    await expectTraceError(decorate, 'ERR_TRACE_OPTION', /must be a method, getter, setter/);
  });
});

describe('autoInstrument', () => {
  it('wraps the functions of an object once, chosen by name', () => {
    const service = {
      load: () => 1,
      loadAll: () => 2,
      _secret: () => 3,
      value: 4,
      Type: class {},
      get computed() {
        return () => 5;
      },
    };
    const { Type } = service;
    const same = autoInstrument(service, {
      module: 'service',
      processGroup: 'P',
      include: ['load*', /^_/],
      exclude: ['_*'],
    });
    expect(same).toBe(service);
    autoInstrument(service, { module: 'again', include: ['load'] });
    expect([service.load(), service.loadAll(), service._secret()]).toEqual([1, 2, 3]);
    expect(service.Type).toBe(Type);
    expect(names()).toEqual(['service.load', 'service.loadAll']);
    expect(collector.query({ component: 'P' })).toHaveLength(2);
  });

  it('wraps the methods and static methods of a class', () => {
    class Store {
      #x = 1;
      read() {
        return this.#x;
      }
      static open() {
        return new Store();
      }
    }
    autoInstrument(Store);
    expect(Store.open().read()).toBe(1);
    expect(names()).toEqual(['Store.open', 'Store.read']);
  });

  it('gives back a copy of an ES module', async () => {
    const source = 'data:text/javascript,export const double = (x) => 2 * x; export const one = 1;';
    const module = (await import(source)) as { double(x: number): number; one: number };
    const wrapped = autoInstrument(module, { module: 'math' });
    expect([wrapped.double(4), wrapped.one]).toEqual([8, 1]);
    expect(names()).toEqual(['math.double']);
  });

  it('throws for what it cannot instrument', async () => {
    const target = () => autoInstrument(1 as unknown as object);
    await expectTraceError(
      target,
      'ERR_TRACE_OPTION',
      /target must be a module, an object or a class/,
    );
    const include = () => autoInstrument({}, { include: 'x' as unknown as string[] });
    await expectTraceError(include, 'ERR_TRACE_OPTION', /include must be an array/);
  });
});
