import { expect, it } from 'vitest';
import { type EventFilter, eventMatcher } from '../../src/export/event-filter.js';
import { expectTraceError } from '../support/collect.js';
import { makeEvent } from '../support/write-export.js';

const event = makeEvent({ timestampNs: 10n, severity: 'Warning' });

it.each<[EventFilter, boolean]>([
  [{}, true],
  [{ component: 'Scheduler', eventType: 'scheduling_decision', modelId: 'model_a' }, true],
  [{ component: 'scheduler' }, false],
  [{ eventType: 'x' }, false],
  [{ modelId: '' }, false],
  [{ requestId: '3f2a9c5b7d1e4f60' }, true],
  [{ requestId: '3f2a' }, false],
  [{ minSeverity: 'Warning' }, true],
  [{ minSeverity: 'Error' }, false],
  [{ startNs: 10n, endNs: 10n }, true],
  [{ startNs: 11n }, false],
  [{ endNs: 9n }, false],
])('%o matches: %s', (filter, matches) => {
  expect(eventMatcher(filter)(event)).toBe(matches);
});

it('refuses what cannot match', async () => {
  const reversed = () => eventMatcher({ startNs: 2n, endNs: 1n });
  await expectTraceError(reversed, 'ERR_TRACE_QUERY', /start must not be after the end, 1; got 2/);
  const unknown = () => eventMatcher({ minSeverity: 'info' as 'Info' });
  await expectTraceError(unknown, 'ERR_TRACE_QUERY', /minSeverity must be one of .*; got "info"/);
});
