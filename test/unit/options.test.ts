import { describe, expect, it } from 'vitest';
import { checkOptions } from '../../src/collector/options.js';
import { TraceCollector } from '../../src/collector/trace-collector.js';
import { expectTraceError } from '../support/collect.js';

it('C2: the default capacity is 10 000; absent options are the defaults', () => {
  const defaults = {
    capacity: 10_000,
    maxBytes: 0,
    file: undefined,
    keepFiles: 3,
    toggle: undefined,
  };
  expect(checkOptions({})).toEqual(defaults);
  const absent = {
    capacity: undefined,
    maxBytes: undefined,
    file: undefined,
    keepFiles: undefined,
  };
  expect(checkOptions(absent)).toEqual(defaults);
});

it.each([1, 2 ** 28])('C2: takes a capacity of %d', (capacity) => {
  expect(checkOptions({ capacity }).capacity).toBe(capacity);
});

it.each([131_072, 2 ** 40])('C2: takes maxBytes of %d', (maxBytes) => {
  expect(checkOptions({ maxBytes }).maxBytes).toBe(maxBytes);
});

describe('C2: a collector is not made of', () => {
  const range = 'capacity must be an integer from 1 to 268435456';
  it.each([
    ['a capacity of 0', { capacity: 0 }, `${range}; got 0`],
    ['a capacity of -1', { capacity: -1 }, `${range}; got -1`],
    ['a capacity of 1.5', { capacity: 1.5 }, `${range}; got 1.5`],
    ['a capacity of NaN', { capacity: Number.NaN }, `${range}; got NaN`],
    ['a capacity of Infinity', { capacity: Infinity }, `${range}; got Infinity`],
    ['a capacity of 2^40', { capacity: 2 ** 40 }, `${range}; got 1099511627776`],
    ['a capacity of 2^28 + 1', { capacity: 2 ** 28 + 1 }, `${range}; got 268435457`],
    ['a bigint capacity', { capacity: 5n }, `${range}; got 5n`],
    ['a capacity as text', { capacity: '5' }, `${range}; got "5"`],
    ['a capacity of null', { capacity: null }, `${range}; got null`],
    ['too few bytes', { maxBytes: 131_071 }, 'maxBytes must be an integer from 131072 to 10995116'],
    ['too many bytes', { maxBytes: 2 ** 40 + 1 }, 'got 1099511627777'],
    [
      'an unknown option',
      { capasity: 5 },
      'one of capacity, maxBytes, file, keepFiles, toggle; got "',
    ],
    ['an empty file', { file: '' }, 'file must be a non-empty string or a file: URL; got ""'],
    ['a file that is none', { file: 7 }, 'file must be a non-empty string or a file: URL; got 7'],
    ['a file with NUL', { file: 'a\0b' }, 'file must be a non-empty string'],
    ['a URL elsewhere', { file: new URL('http://a/b') }, 'file must be a non-empty string'],
    ['keepFiles of -1', { keepFiles: -1 }, 'keepFiles must be an integer from 0 to 1000; got -1'],
    ['null', null, 'options must be an object; got null'],
    ['a number', 100, 'options must be an object; got 100'],
    ['a function', () => {}, 'options must be an object; got a function'],
  ])('%s', async (_, options, message) => {
    const make = () => new TraceCollector(options as never);
    const error = await expectTraceError(make, 'ERR_TRACE_OPTION', /must be/);
    expect(error.message).toContain(message);
  });
});

it("an error of the caller's own getter comes through as it is", () => {
  const failure = new Error('mine');
  const options = {
    get capacity(): number {
      throw failure;
    },
  };
  expect(() => new TraceCollector(options)).toThrow(failure);
});
