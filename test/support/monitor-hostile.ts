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
      () =>
        new (class extends Error {
          override get message(): string {
            throw new Error('message');
          }
        })(),
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
