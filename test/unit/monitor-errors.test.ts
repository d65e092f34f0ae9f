import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TraceCollector } from '../../src/collector/trace-collector.js';
import { monitor, monitorStats } from '../../src/monitor/index.js';

let collector: TraceCollector;

beforeEach(() => {
  collector = new TraceCollector({ capacity: 100 });
});

afterEach(() => collector.close());

/** The event of a call that throws this. */
function eventOf(thrown: unknown) {
  const fail = monitor({ collector, module: 'm' })(() => {
    throw thrown;
  });
  let caught: unknown = fail;
  try {
    fail();
  } catch (error) {
    caught = error;
  }
  // Nothing else is done with it here: some cannot be looked at.
  expect(Object.is(caught, thrown)).toBe(true);
  const event = collector.query()[0];
  expect(event?.severity).toBe('Error');
  return { rationale: event?.rationale, stack: event?.attributes.stack };
}

const like = Object.assign(Object.create(Error.prototype) as Error, { message: 'as of old' });
class Named extends Error {
  override get name(): string {
    throw new Error('called');
  }
}
const broken = Object.defineProperty(new Error(), 'message', {
  get() {
    throw new Error('called');
  },
});

const cases: [string, unknown, string, RegExp | undefined][] = [
  [
    'an AggregateError',
    new AggregateError([new Error('one'), new TypeError('two')], 'both'),
    'AggregateError: both {errors: [Error: one, TypeError: two]}',
    /^AggregateError: both\n[\s\S]*/,
  ],
  [
    'a DOMException',
    new DOMException('no clone', 'DataCloneError'),
    'DataCloneError: no clone',
    /^DataCloneError: no clone\n {4}at /,
  ],
  [
    'what AbortSignal rejects with',
    AbortSignal.abort().reason,
    'AbortError: This operation was aborted',
    /^AbortError: This/,
  ],
  [
    'an error with a cause',
    new Error('outer', { cause: new Error('inner') }),
    'Error: outer {cause: Error: inner}',
    /^Error: outer\n/,
  ],
  [
    'an error of another realm',
    runInNewContext('new RangeError("far", { cause: "c" })'),
    "RangeError: far {cause: 'c'}",
    /^RangeError: far\n/,
  ],
  ['an error made by its prototype', like, "Error: as of old {message: 'as of old'}", undefined],
  ['an error whose name is an accessor', new Named('x'), 'Named: x', undefined],
  ['an error whose message throws', broken, 'Error', undefined],
  ['a string', 'out of order', 'out of order', undefined],
  ['an empty string', '', "''", undefined],
  ['an object', { code: 7 }, '{code: 7}', undefined],
  ['null', null, 'null', undefined],
  ['undefined', undefined, 'undefined', undefined],
  ['a proxy', new Proxy(new Error('x'), {}), '[Proxy]', undefined],
];

it.each(cases)('why a call failed is read from its event: %s', (_, thrown, rationale, stack) => {
  const { failures } = monitorStats();
  const event = eventOf(thrown);
  expect(event.rationale).toBe(rationale);
  if (stack === undefined) expect(event.stack).toBeUndefined();
  else expect(event.stack).toMatch(stack);
  expect(monitorStats().failures).toBe(failures);
});

it('the stacks of inner errors are recorded, masked', () => {
  const cause = new Error('login?password=xyzzy refused');
  const { rationale } = eventOf(new Error('outer', { cause }));
  expect(rationale).toBe('Error: outer {cause: Error: login?password=*** refused}');
  const { attributes } = collector.query()[0] as { attributes: Record<string, string> };
  const stack = [1, 2, 3, 4]
    .map((n) => attributes[n === 1 ? 'stack' : `stack.${n}`] ?? '')
    .join('');
  expect(stack).toMatch(
    /^Error: outer\n {4}at [\s\S]*\nCaused by: Error: login\?password=\*\*\* refused\n {4}at /,
  );
  expect(JSON.stringify(attributes)).not.toContain('xyzzy');
});

it('a rejection of an aborted wait says so', async () => {
  const wait = monitor({ collector })(async (signal: AbortSignal) => signal.throwIfAborted());
  await expect(wait(AbortSignal.abort())).rejects.toThrow('aborted');
  expect(collector.query()[0]?.rationale).toBe('AbortError: This operation was aborted');
});
