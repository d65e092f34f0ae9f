import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  innerErrors,
  isError,
  messageOf,
  stackOf,
  titleOf,
  wholeStackOf,
} from '../../src/thrown.js';
import { hostileValue } from '../support/monitor-hostile.js';

const foreign = runInNewContext('new TypeError("far away")') as Error;
const old = Object.assign(Object.create(Error.prototype) as Error, { message: 'as of old' });

describe('messageOf', () => {
  const circular = new Error('round');
  circular.cause = circular;
  const cases: [string, unknown, string][] = [
    ['an error', new Error('no room'), 'no room'],
    ['an error without a message', new RangeError(), 'RangeError'],
    [
      'a failed fetch',
      new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') }),
      'fetch failed: ECONNREFUSED',
    ],
    [
      'several failed connections',
      new AggregateError([new Error('::1'), new Error('127.0.0.1')]),
      'AggregateError: ::1: 127.0.0.1',
    ],
    [
      'an error that repeats its cause',
      new Error('x failed: y', { cause: new Error('y') }),
      'x failed: y',
    ],
    ['an error that is its own cause', circular, 'round'],
    ['an aborted signal', AbortSignal.abort().reason, 'This operation was aborted'],
    ['an error of another realm', foreign, 'far away'],
    ['an error made by its prototype', old, 'as of old'],
    ['something like an error', { message: 'like one' }, 'like one'],
    ['a string', 'text', 'text'],
    ['an empty string', '', "''"],
    ['null', null, 'null'],
    ['undefined', undefined, 'undefined'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['a proxy', new Proxy(new Error('x'), {}), 'an object'],
    ['an object without a prototype', Object.create(null), 'an object'],
  ];
  it.each(cases)('of %s says why', (_, thrown, message) => {
    expect(messageOf(thrown)).toBe(message);
  });

  it('is bounded, however much is inside', () => {
    const many = Array.from({ length: 1000 }, (_, i) => new Error(`${i}`.repeat(300)));
    expect(messageOf(new AggregateError(many, 'all')).length).toBeLessThanOrEqual(1000);
    expect(innerErrors(new AggregateError(many)).length).toBe(8);
    let deep = new Error('0');
    for (let i = 1; i < 1000; i++) deep = new Error(`${i}`, { cause: deep });
    expect(innerErrors(deep)).toHaveLength(8);
  });

  it('calls nothing of the value, and never throws', () => {
    const property = fc.property(hostileValue, (make) => {
      const touched = { count: 0 };
      const value = make(touched);
      expect(messageOf(value)).not.toBe('');
      expect(titleOf(value)).not.toBe('');
      wholeStackOf(value, 4000);
      isError(value);
      expect(touched.count).toBe(0);
    });
    fc.assert(property, { numRuns: 1000 });
  });
});

describe('the stack', () => {
  it('is there for errors of another realm and what an AbortSignal rejects with', () => {
    expect(stackOf(foreign)).toMatch(/^TypeError: far away\n {4}at /);
    expect(stackOf(AbortSignal.abort().reason)).toMatch(
      /^AbortError: This operation was aborted\n/,
    );
    class Own extends DOMException {
      override get message(): string {
        throw new Error('called');
      }
    }
    expect(stackOf(new Own('x', 'AbortError'))).toBeUndefined();
  });

  it('goes on with those of inner errors, each with its share', () => {
    const cause = new RangeError('deepest');
    const error = new AggregateError([new Error('one', { cause }), 'two'], 'both');
    const stack = wholeStackOf(error, 4000) as string;
    expect(stack.length).toBeLessThanOrEqual(4000);
    const titles = stack.split('\n').filter((line) => !line.startsWith('    at '));
    expect(titles).toMatchObject([
      'AggregateError: both',
      'With: Error: one',
      'Caused by: RangeError: deepest',
      'With: two',
    ]);
  });

  it('is none where nothing has one', () => {
    expect(wholeStackOf('text', 4000)).toBeUndefined();
    expect(wholeStackOf({ code: 1 }, 4000)).toBeUndefined();
  });
});
