import { inspect } from 'node:util';
import fc from 'fast-check';

/** Counts what a value's own code is asked for; a monitor must not change it. */
export interface Touched {
  count: number;
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function trapped(touched: Touched): object {
  const trap = new Proxy(
    {},
    {
      get: () => () => {
        touched.count++;
        throw new Error('trap');
      },
    },
  );
  return new Proxy({ a: 1 }, trap);
}

function deep(levels: number): object {
  let value: object = {};
  for (let i = 0; i < levels; i++) value = i % 2 === 0 ? { value } : [value];
  return value;
}

function cyclic(): object {
  const value: Record<string, unknown> = { list: [] };
  value.self = value;
  (value.list as unknown[]).push(value, new Map([[value, value]]), new Set([value]));
  return value;
}

function detached(): object[] {
  const buffer = new ArrayBuffer(16);
  const views = [new Uint8Array(buffer), new DataView(buffer), buffer];
  structuredClone(buffer, { transfer: [buffer] });
  return views;
}

function withAccessors(touched: Touched): object {
  const touch = () => {
    touched.count++;
    throw new Error('getter');
  };
  const value = { toJSON: touch, toString: touch, valueOf: touch, [Symbol.toPrimitive]: touch };
  for (const key of ['a', 'message', 'stack', 'name', 'constructor', 'then', 'length', 'cause']) {
    Object.defineProperty(value, key, { get: touch, enumerable: true });
  }
  Object.defineProperty(value, Symbol.toStringTag, { get: touch });
  Object.defineProperty(value, Symbol.iterator, { get: touch });
  Object.defineProperty(value, Symbol.for('nodejs.util.inspect.custom'), { get: touch });
  return value;
}

function hostileError(touched: Touched): Error {
  const error = new Error('x'.repeat(5000));
  Object.defineProperty(error, 'stack', {
    get: () => {
      touched.count++;
      throw new Error('stack');
    },
  });
  Object.defineProperty(error, 'name', { value: Symbol('name') });
  return Object.freeze(error);
}

/** An error of which every part is an accessor, or has a conversion, that throws. */
function accessorError(touched: Touched): Error {
  const error = new Error('x');
  const touch = () => {
    touched.count++;
    throw new Error('getter');
  };
  // The stack first: to replace it reads it, and it is made of the others.
  for (const key of ['stack', 'message', 'name', 'cause', 'code', 'operationId']) {
    Object.defineProperty(error, key, { get: touch, set: touch, enumerable: key === 'code' });
  }
  for (const key of [Symbol.toPrimitive, Symbol.toStringTag, inspect.custom]) {
    Object.defineProperty(error, key, { get: touch });
  }
  return error;
}

/** What looks at it goes on with a buffer that has shrunk below its views. */
function shrunk(): object[] {
  const Resizable = ArrayBuffer as unknown as new (
    length: number,
    options: { maxByteLength: number },
  ) => ArrayBuffer & { resize(length: number): void };
  const buffer = new Resizable(64, { maxByteLength: 128 });
  const views = [buffer, new Uint8Array(buffer, 32, 16), new DataView(buffer, 32), buffer];
  buffer.resize(8);
  return views;
}

const MANY = 1_000_000;
const manyNumbers = Array.from({ length: MANY }, (_, i) => i);
const largeMap = new Map(manyNumbers.map((i) => [i, i]));
const largeSet = new Set(manyNumbers);
const largeObject = Object.fromEntries(manyNumbers.map((i) => [`key${i}`, i]));
const sparseMillion: unknown[] = [];
sparseMillion[MANY] = 1;
const sparse: unknown[] = [];
sparse[4_000_000_000] = 1;
const manyKeys = Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`key${i}`, i]));
const strange = Object.setPrototypeOf({ a: 1 }, revoked()) as object;
const deepPrototypes = Array.from({ length: 2000 }).reduce<object>((at) => Object.create(at), {});

/** Values that are hard to look at. Made anew by each call of the function, unless they are large. */
export const hostileValue: fc.Arbitrary<(touched: Touched) => unknown> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .anything({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withSet: true,
        withTypedArray: true,
        withSparseArray: true,
        withNullPrototype: true,
        withObjectString: true,
      })
      .map((value) => () => value),
  },
  {
    weight: 5,
    arbitrary: fc.constantFrom<(touched: Touched) => unknown>(
      revoked,
      trapped,
      () => new Proxy([], {}),
      () => new Proxy(() => 1, {}),
      () => deep(10_000),
      cyclic,
      detached,
      withAccessors,
      hostileError,
      () => sparse,
      () => manyKeys,
      () => strange,
      () => deepPrototypes,
      () => Symbol('s'.repeat(2000)),
      () => new Map([[NaN, new WeakMap()]]),
      () => 10n ** 3000n,
      () => 'x'.repeat(3_000_000),
      () => 'token='.repeat(500),
      () => '"password": "\\'.repeat(500),
      () => 'a%'.repeat(600),
      () => new Date(NaN),
      () => Object.freeze(new Error('frozen')),
      accessorError,
      shrunk,
      () => undefined,
      () => null,
      () => largeMap,
      () => largeSet,
      () => largeObject,
      () => sparseMillion,
      () => manyNumbers,
      () => Object.assign(new Error('caused'), { cause: deep(10_000) }),
      (touched) =>
        new (class extends Error {
          override get message(): string {
            touched.count++;
            throw new Error('message');
          }
        })(),
      (touched) => Object.assign(new Error(), { name: { toString: () => touched.count++ } }),
      () => Object.create(null),
      () => new Array(100_000).fill(0),
      () => JSON.parse('{"__proto__": {"x": 1}, "constructor": null}'),
      () => new Proxy(class {}, {}),
      () => functionLike,
      () => [undefined, null, -0, NaN, '\ud800', Number.MAX_VALUE],
    ),
  },
);

/** An object whose prototype is a function. */
const functionLike = Object.create(Function.prototype);
