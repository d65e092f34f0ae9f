import { expect, it } from 'vitest';
import { GROUPS_MAX, REQUESTS_MAX, summarize } from '../../src/analysis/summary.js';
import { makeEvent } from '../support/write-export.js';

it('summarises nothing', async () => {
  expect(await summarize([])).toMatchObject({
    events: 0,
    firstNs: undefined,
    lastNs: undefined,
    spanNs: 0n,
    groups: [],
    busiestRequests: [],
    requests: { count: 0, exact: true },
  });
});

it('counts by component and type, with rates over the whole span', async () => {
  const summary = await summarize([
    makeEvent({ timestampNs: 3_000_000_000n, durationNs: 10n }),
    makeEvent({ timestampNs: 1_000_000_000n, durationNs: 30n, severity: 'Error', requestId: 'b' }),
    makeEvent({ timestampNs: 2_000_000_000n, component: 'Other', requestId: '', durationNs: 0n }),
  ]);
  expect(summary).toMatchObject({
    events: 3,
    firstNs: 1_000_000_000n,
    lastNs: 3_000_000_000n,
    spanNs: 2_000_000_000n,
    severities: { Info: 2, Warning: 0, Error: 1, Critical: 0 },
    ungroupedEvents: 0,
    requests: { count: 2, exact: true },
  });
  expect(summary.groups).toEqual([
    {
      component: 'Scheduler',
      eventType: 'scheduling_decision',
      count: 2,
      ratePerSecond: 1,
      duration: { minNs: 10n, p50Ns: 10n, p95Ns: 30n, p99Ns: 30n, maxNs: 30n },
      severities: { Info: 1, Warning: 0, Error: 1, Critical: 0 },
    },
    {
      component: 'Other',
      eventType: 'scheduling_decision',
      count: 1,
      ratePerSecond: 0.5,
      duration: { minNs: 0n, p50Ns: 0n, p95Ns: 0n, p99Ns: 0n, maxNs: 0n },
      severities: { Info: 1, Warning: 0, Error: 0, Critical: 0 },
    },
  ]);
});

it('has no rate without a span', async () => {
  expect((await summarize([makeEvent()])).groups[0]?.ratePerSecond).toBeUndefined();
});

it('lists the busiest requests, as many as asked for', async () => {
  const events = [...'aabbbc'].map((requestId) => makeEvent({ requestId }));
  const { busiestRequests } = await summarize(events, { busiestMax: 2 });
  expect(busiestRequests).toEqual([
    { requestId: 'b', eventsMin: 3, eventsMax: 3 },
    { requestId: 'a', eventsMin: 2, eventsMax: 2 },
  ]);
});

it('bounds what it holds, and says what it left out', async () => {
  function* flood() {
    for (let index = 0; index <= REQUESTS_MAX; index++) {
      yield makeEvent({ component: `c${index}`, requestId: `r${index}` });
    }
  }
  const summary = await summarize(flood());
  expect(summary.groups).toHaveLength(GROUPS_MAX);
  expect(summary.ungroupedEvents).toBe(REQUESTS_MAX + 1 - GROUPS_MAX);
  expect(summary.requests).toEqual({ count: REQUESTS_MAX, exact: false });
});

it('shortens names that no recorder writes', async () => {
  const long = 'x'.repeat(300);
  const summary = await summarize([makeEvent({ component: long, requestId: long })]);
  const shortened = `${'x'.repeat(256)}…`;
  expect(summary.groups[0]?.component).toBe(shortened);
  expect(summary.busiestRequests[0]?.requestId).toBe(shortened);
});
