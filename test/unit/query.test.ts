import { describe, expect, it } from 'vitest';
import { checkQuery } from '../../src/collector/query.js';
import { Duration, Timestamp } from '../../src/event/time.js';
import { expectTraceError } from '../support/collect.js';

it('C7: an empty query has no conditions', () => {
  expect(checkQuery({})).toEqual(new Array(8).fill(undefined));
});

it('C7: takes every field apart in the order native code expects', () => {
  const query = {
    start: Timestamp.fromNanos(1),
    end: 2 ** 40,
    eventType: 't',
    modelId: 'm',
    component: '',
    requestId: 'r',
    minSeverity: 'Error',
    limit: 0,
  };
  expect(checkQuery(query)).toEqual([1n, 2n ** 40n, 't', 'm', '', 'r', 2, 0]);
});

it('C7: start may equal end', () => {
  expect(checkQuery({ start: 5n, end: 5 }).slice(0, 2)).toEqual([5n, 5n]);
});

describe('C7: refuses', () => {
  const nanos =
    'int64 nanoseconds, without a fraction \\(bigint, safe integer, Timestamp or Duration\\)';
  it.each([
    ['start after end', { start: 6n, end: 5n }, /start must not be after end; got 6 and 5/],
    ['start of NaN', { start: Number.NaN }, new RegExp(`start must be ${nanos}; got NaN`)],
    ['end of 1.5', { end: 1.5 }, new RegExp(`end must be ${nanos}; got 1.5`)],
    ['start of -Infinity', { start: -Infinity }, /start .*; got -Infinity/],
    ['end beyond int64', { end: 2n ** 63n }, /end .*; got 9223372036854775808n/],
    ['start as text', { start: '5' }, /start .*; got "5"/],
    ['start of null', { start: null }, /start .*; got null/],
    [
      'a forged Duration',
      { start: Object.create(Duration.prototype, { nanos: { value: 'x' } }) },
      /start .*; got an object/,
    ],
    ['a type of 7', { eventType: 7 }, /eventType must be a string; got 7/],
    ['a model of null', { modelId: null }, /modelId must be a string; got null/],
    ['a component object', { component: {} }, /component must be a string; got an object/],
    ['a request array', { requestId: [] }, /requestId must be a string; got an array/],
    ['an unknown severity', { minSeverity: 'notice' }, /minSeverity .* Critical; got "notice"/],
    ['a severity of 2', { minSeverity: 2 }, /minSeverity .*; got 2/],
    ['a limit of -1', { limit: -1 }, /limit must be an integer of 0 or more; got -1/],
    ['a limit of 0.5', { limit: 0.5 }, /limit .*; got 0.5/],
    ['a limit of NaN', { limit: Number.NaN }, /limit .*; got NaN/],
    ['a bigint limit', { limit: 5n }, /limit .*; got 5n/],
    ['a misspelt field', { compnent: 'x' }, /one of start, .*, limit; got "compnent"/],
    ['null', null, /the query must be an object; got null/],
    ['text', 'Scheduler', /the query must be an object; got "Scheduler"/],
  ])('%s', async (_, query, message) => {
    await expectTraceError(() => checkQuery(query), 'ERR_TRACE_QUERY', message);
  });
});
