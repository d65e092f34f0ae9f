import { expect, it } from 'vitest';
import type { EventFilter, SteadyRange } from '../../src/event/event-filter.js';
import { eventMatcher } from '../../src/event/event-matcher.js';
import { expectTraceError } from '../support/collect.js';
import { makeEvent } from '../support/write-export.js';

const event = makeEvent({ timestampNs: 10n, severity: 'Warning' });

it.each<[EventFilter & SteadyRange, boolean]>([
  [{}, true],
  [{ component: 'Scheduler', eventType: 'scheduling_decision', modelId: 'model_a' }, true],
  [{ component: 'scheduler' }, false],
  [{ eventType: 'x' }, false],
  [{ modelId: '' }, false],
  [{ requestId: '3f2a9c5b7d1e4f60' }, true],
  [{ requestId: '3f2a' }, false],
  [{ minSeverity: 'Warning' }, true],
  [{ minSeverity: 'Error' }, false],
  [{ start: 10n, end: 10n }, true],
  [{ start: 11n }, false],
  [{ end: 9n }, false],
])('%o matches: %s', (filter, matches) => {
  expect(eventMatcher(filter)(event)).toBe(matches);
});

it('refuses what cannot match', async () => {
  const reversed = () => eventMatcher({ start: 2n, end: 1n });
  await expectTraceError(reversed, 'ERR_TRACE_QUERY', /start must not be after end; got 2 and 1/);
  const unknown = () => eventMatcher({ minSeverity: 'inf' as 'Info' });
  await expectTraceError(unknown, 'ERR_TRACE_QUERY', /minSeverity must be one of .*; got "inf"/);
});

it.each<[EventFilter, boolean]>([
  [{ process: 'gpu.run' }, true],
  [{ process: 'Scheduler' }, false],
  [{ process: { prefix: 'gpu.' } }, true],
  [{ process: [{ prefix: 'cpu.' }, 'gpu.run'] }, true],
  [{ component: { prefix: 'sched' } }, false],
  [{ status: 'OK' }, true],
  [{ status: 'ERR' }, false],
  [{ minSeverity: 'warning' }, true],
  [{ minDurationNs: 45_000, maxDurationNs: 45_000n }, true],
  [{ minDurationNs: 45_001n }, false],
  [{ maxDurationNs: 44_999n }, false],
  [{ text: 'EARLIEST dead' }, true],
  [{ text: 'UTIL' }, true],
  [{ text: '0.85' }, true],
  [{ text: '0.8.' }, false],
  [{ text: ['model_a', 'nowhere'] }, false],
  [{ not: [{ text: 'nowhere' }] }, true],
  [{ not: [{ text: 'nowhere' }, { status: 'OK', process: 'gpu.run' }] }, false],
  [{ not: [{ status: 'ERR', process: 'gpu.run' }] }, true],
])('of the process gpu.run, %o matches: %s', (filter, matches) => {
  const attributes = { process: 'gpu.run', utilisation: '0.85' };
  expect(eventMatcher(filter)({ ...event, durationNs: 45_000n, attributes })).toBe(matches);
});

it.each<[object, RegExp]>([
  [{ process: 7 }, /process must be a string, \{ prefix \} or a list of these; got 7/],
  [{ process: [] }, /the list of process must be of 1 to 100; got 0/],
  [{ process: { prefix: '' } }, /prefix of process must be a non-empty string; got ""/],
  [{ process: { prefx: 'a' } }, /a field of process must be one of prefix; got "prefx"/],
  [{ component: [['a']] }, /component must be a string.*; got an array/],
  [{ status: 'err' }, /status must be OK or ERR; got "err"/],
  [{ minDurationNs: 1.5 }, /minDurationNs must be int64 nanoseconds.*; got 1.5/],
  [
    { minDurationNs: 2, maxDurationNs: 1 },
    /minDurationNs must not be above maxDurationNs; got 2 and 1/,
  ],
  [{ text: '' }, /text must be of 1 to 200 characters; got ""/],
  [{ text: ['a', 7] }, /text must be of 1 to 200 characters; got 7/],
  [{ not: {} }, /not must be a list of at most 100 conditions; got an object/],
  [{ not: [{}] }, /a condition of not must have a field/],
  [{ not: [{ not: [] }] }, /a field of a condition of not must be one of process, .*; got "not"/],
])('refuses %o', async (filter, message) => {
  await expectTraceError(() => eventMatcher(filter), 'ERR_TRACE_QUERY', message);
});
