import fc from 'fast-check';
import type { AnyFunction } from '../../src/monitor/index.js';
import { hostileValue, type Touched } from './monitor-hostile.js';

const KINDS = [
  'return',
  'throw',
  'async',
  'reject',
  'generator',
  'async generator',
  'new',
] as const;
type Kind = (typeof KINDS)[number];

export const hostileCall = fc.record({
  kind: fc.constantFrom(...KINDS),
  values: fc.array(hostileValue, { minLength: 1, maxLength: 3 }),
});

/** A function that does what the kind says with its last argument, and notes how it was called. */
function makeFunction(kind: Kind, seen: unknown[]): AnyFunction {
  const note = (self: unknown, args: unknown[]) => {
    seen.push(self, ...args);
    return args.at(-1);
  };
  switch (kind) {
    case 'return':
      return function (this: unknown, ...args) {
        return note(this, args);
      };
    case 'throw':
      return function (this: unknown, ...args) {
        throw note(this, args);
      };
    case 'async':
      return async function (this: unknown, ...args) {
        return [note(this, args)];
      };
    case 'reject':
      return async function (this: unknown, ...args) {
        await undefined;
        throw note(this, args);
      };
    case 'generator':
      return function* (this: unknown, ...args) {
        yield 1;
        yield note(this, args);
        return args[0];
      };
    case 'async generator':
      return async function* (this: unknown, ...args) {
        yield [note(this, args)];
        throw args[0];
      };
    case 'new':
      return function (this: { made?: unknown }, ...args) {
        this.made = note(undefined, args);
      };
  }
}

/** All that a caller can see of a call: what came back, in the end, step by step. */
async function observe(
  fn: AnyFunction,
  kind: Kind,
  self: unknown,
  args: unknown[],
): Promise<unknown[]> {
  const out: unknown[] = [fn.name, fn.length];
  try {
    if (kind === 'new') {
      const made = Reflect.construct(fn, args) as { made: unknown };
      out.push(made.made, made instanceof fn);
    } else if (kind === 'generator' || kind === 'async generator') {
      const generator = Reflect.apply(fn, self, args) as Generator | AsyncGenerator;
      out.push(generator instanceof fn, Reflect.ownKeys(generator).length);
      for (let i = 0; i < 4; i++) {
        const { done, value } = (await generator.next()) as IteratorResult<unknown>;
        out.push(done, kind === 'generator' ? value : (value as unknown[] | undefined)?.[0]);
      }
    } else if (kind === 'async' || kind === 'reject') {
      const result = Reflect.apply(fn, self, args) as Promise<unknown[]>;
      out.push(Object.getPrototypeOf(result) === Promise.prototype, (await result)[0]);
    } else {
      out.push('returned', Reflect.apply(fn, self, args));
    }
  } catch (error) {
    out.push('thrown', error);
  }
  return out;
}

/** The same call to a bare function and to what `wrap` makes of one, each with what it observed. */
export async function compare(
  { kind, values }: { kind: Kind; values: ((touched: Touched) => unknown)[] },
  wrap: (fn: AnyFunction) => AnyFunction,
) {
  const touched = { count: 0 };
  const args = values.map((make) => make(touched));
  const self = kind === 'new' ? undefined : args[0];
  const seen: [unknown[], unknown[]] = [[], []];
  const bare = await observe(makeFunction(kind, seen[0]), kind, self, args);
  const touchedBare = touched.count;
  touched.count = 0;
  const wrapped = await observe(wrap(makeFunction(kind, seen[1])), kind, self, args);
  return { bare, wrapped, seen, touchedBare, touchedWrapped: touched.count };
}

/** Attributes of a call without where its function was monitored, which its first call has. */
export function withoutSite({
  'code.file.path': _path,
  'code.line.number': _line,
  ...attributes
}: Record<string, string>): Record<string, string> {
  return attributes;
}
