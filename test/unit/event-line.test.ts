import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatEventJson } from '../../src/event/json-event.js';
import { formatEventLine, parseEventLine } from '../../src/wire/event-line.js';
import { expectTraceError } from '../support/collect.js';
import { anyEvent, comparable } from '../support/random-event.js';
import { makeEvent } from '../support/write-export.js';

const RUN = { run: '00000000-0000-4000-8000-000000000001', pid: 4711 };
const line = formatEventLine(RUN, { lane: 3, sequence: 7, event: makeEvent() }, 5n);
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

it('a line is read as it was written, int64 exactly, whatever the event', () => {
  fc.assert(
    fc.property(anyEvent, int64, fc.nat(), (event, wallNs, sequence) => {
      const text = formatEventLine(RUN, { lane: 1, sequence, event }, wallNs);
      expect(text).not.toContain('\n');
      const read = parseEventLine(text);
      expect(read.origin).toEqual({ ...RUN, lane: 1, sequence, wallNs });
      expect(comparable(read.event)).toEqual(comparable(event));
    }),
    { numRuns: 300 },
  );
});

it('reads lines of the first release, which had no pid, and bare events', () => {
  expect(parseEventLine(line.replace('"pid":4711,', '')).origin?.pid).toBeUndefined();
  expect(parseEventLine(formatEventJson(makeEvent()))).toEqual({
    event: makeEvent(),
    origin: undefined,
  });
});

it.each([
  ['a run that is no UUID', line.replace('00000000-', 'x'), /run must be a UUID; got/],
  ['no lane', line.replace('"lane":3,', ''), /lane must be an integer from 0/],
  ['a negative sequence', line.replace('"sequence":7', '"sequence":-7'), /sequence must be/],
  [
    'a wall time of 65 bits',
    line.replace('"wall_ns":5', '"wall_ns":9223372036854775808'),
    /wall_ns/,
  ],
  ['a wall time as text', line.replace('"wall_ns":5', '"wall_ns":"5"'), /wall_ns must be/],
  ['a field twice', line.replace('"lane":3', '"lane":3,"lane":3'), /occur once/],
  ['another field', line.replace('{', '{"x":1,'), /known fields only; got "x"/],
  ['half an event', line.replace(/"severity":"Info",/, ''), /must have "severity"/],
  ['an event that is wrong', line.replace('"Info"', '"info"'), /severity must be one of/],
  ['no JSON', line.slice(1), /a line must be JSON/],
])('refuses %s', async (_, text, message) => {
  await expectTraceError(() => parseEventLine(text), 'ERR_TRACE_FORMAT', message);
});
