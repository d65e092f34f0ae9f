// What one call of a monitored function costs more than the bare one when its values are hard to look at.

const SIZE = 1_000_000;

function revoked() {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function nested(levels) {
  let value = {};
  for (let i = 0; i < levels; i++) value = i % 2 === 0 ? { value } : [value];
  return value;
}

function wide(levels) {
  return levels === 0
    ? 'x'
    : Object.fromEntries(
        Array.from({ length: 10 }, (_, i) => [`k${levels}${i}`, wide(levels - 1)]),
      );
}

function concatenated(length) {
  let text = '';
  for (let i = 0; i < length; i++) text = (i % 2 ? 'x' : '\u4e00') + text;
  return text;
}

function halfEmptied() {
  const map = new Map(Array.from({ length: SIZE }, (_, i) => [i, i]));
  for (let i = 0; i < SIZE / 2; i++) map.delete(i);
  return map;
}

function sparse() {
  const array = [];
  for (let i = 0; i < SIZE; i += 1000) array[i] = i;
  array.length = SIZE;
  return array;
}

function detached() {
  const buffer = new ArrayBuffer(16);
  const views = [new Uint8Array(buffer), new DataView(buffer), buffer];
  structuredClone(buffer, { transfer: [buffer] });
  return views;
}

function deepError() {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 10;
  const deeper = (levels) => (levels === 0 ? new Error('deep') : deeper(levels - 1));
  const error = deeper(5000);
  Error.stackTraceLimit = stackTraceLimit;
  return error;
}

function cyclic() {
  const value = { list: [] };
  value.self = value;
  value.list.push(value, new Map([[value, value]]), new Set([value]));
  return value;
}

const words = (n, seed) => Array.from({ length: n }, (_, i) => `a${(i * 7 + seed) % 10}`).join('_');
let seed = 0;

/** Each makes a value that nobody has seen. */
const values = {
  undefined: () => undefined,
  'proxy, revoked': revoked,
  'proxy of a proxy': () => new Proxy(new Proxy({}, {}), {}),
  'nested 10 000 deep': () => nested(10_000),
  'ten members at each of five levels': () => wide(5),
  cycles: cyclic,
  'detached buffers': detached,
  'map of 1 M': () => new Map(Array.from({ length: SIZE }, (_, i) => [i, i])),
  'map of 1 M, half of it deleted': halfEmptied,
  'set of 1 M': () => new Set(Array.from({ length: SIZE }, (_, i) => i)),
  'array of 1 M': () => new Array(SIZE).fill(0),
  'sparse array of 1 M': sparse,
  'array of 1 M strings': () => new Array(SIZE).fill('token=x '.repeat(200)),
  'bytes, 1 M': () => new Uint8Array(SIZE),
  'object of 3 000 keys': () =>
    Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`key${i}`, i])),
  'string of 1 M': () => 'x'.repeat(SIZE),
  'string of 1 M, concatenated by characters': () => concatenated(SIZE),
  'string of 60 000, concatenated by characters': () => concatenated(60_000),
  'error with a message of 1 M': () => new Error(concatenated(SIZE)),
  'error with a stack of 1 M': () => Object.assign(new Error('x'), { stack: concatenated(SIZE) }),
  'error from 5 000 calls deep': deepError,
  'keys of 200 characters in 100 words': () => {
    seed++;
    return Object.fromEntries(Array.from({ length: 50 }, (_, i) => [words(66, seed * 50 + i), i]));
  },
  'text of names in 100 words': () =>
    Array.from({ length: 8 }, () => `${words(66, seed++)}=1`).join(' '),
  'text of tokens': () => 'token='.repeat(500),
  'text of escapes': () => '"password": "\\'.repeat(500),
  '500 texts': () => Array.from({ length: 500 }, (_, i) => `a${i}=${'b:'.repeat(500)}`),
  'bigint of 10 000 bits': () => 1n << 10_000n,
  'regular expression of 1 M': () => new RegExp('x'.repeat(SIZE)),
};

const manyKeys = () => Object.fromEntries(Array.from({ length: SIZE }, (_, i) => [`key${i}`, i]));

const ORDINARY = {
  id: 'a',
  list: [1, 'x=1', { y: 2 }],
  map: new Map([['a', 1]]),
  set: new Set(['b']),
};

const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];

/** CPU time: what else runs on the machine is not the call's cost. */
function milliseconds(fn, value) {
  const before = process.cpuUsage();
  try {
    fn(value);
  } catch {}
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** The median over several new values of what a call costs more: a collection falls into few of them. */
function added(make, kinds, repetitions) {
  const differences = [];
  for (let i = 0; i < repetitions; i++) {
    const value = make();
    globalThis.gc?.();
    // Collecting drops compiled code that has not run for long.
    for (let n = 0; n < 100; n++) milliseconds(kinds.wrapped, ORDINARY);
    // The bare one second: should it be the first to look at the value, that is not its cost.
    const wrapped = milliseconds(kinds.wrapped, value);
    differences.push(wrapped - milliseconds(kinds.bare, value));
  }
  return median(differences);
}

/**
 * What V8 offers no bounded way for: a million keys. What the call costs that lists them, and what the
 * calls cost on average up to the one that may list another's.
 */
function costOfManyKeys(wrap) {
  const fn = wrap((value) => value);
  milliseconds(fn, {});
  const objects = [manyKeys(), manyKeys()];
  globalThis.gc?.();
  const firstMs = milliseconds(fn, objects[0]);
  let sum = firstMs;
  for (let calls = 1; ; calls++) {
    const ms = milliseconds(fn, objects[1]);
    if (ms > firstMs / 10) return { firstMs, calls, meanMs: sum / calls };
    sum += ms;
  }
}

export async function measure({ repetitions }) {
  const { TraceCollector } = await import('aegis-trace');
  const { monitor } = await import('aegis-trace/monitor');
  const collector = new TraceCollector({ capacity: 1000 });
  const costs = {};
  const measureKind = (serializer, kind) => {
    const bare = (value) => {
      if (kind === 'thrown') throw value;
      return value;
    };
    const wrapped = monitor({ serializer, collector, module: 'bench' })(bare);
    for (let i = 0; i < 5000; i++) milliseconds(wrapped, ORDINARY);
    for (const [name, make] of Object.entries(values)) {
      costs[`${serializer}, ${kind}: ${name}`] = added(make, { wrapped, bare }, repetitions);
    }
  };
  for (const serializer of ['smart', 'inspect', 'json']) {
    measureKind(serializer, 'returned');
    measureKind(serializer, 'thrown');
  }
  const manyKeys = costOfManyKeys(monitor({ collector, module: 'bench' }));
  collector.close();
  return { maxMs: Math.max(...Object.values(costs)), costs, manyKeys };
}
