import { expect } from 'vitest';
import { startTestHub, type TestHub } from './hub.js';
import { makeNowRun, PageEvents } from './page-events.js';

const FIRST_AGO_MS = 600_000;
const EVERY_MS = 10_000;

/** A hub with so many requests of four events each, of which each tenth fails: `req-5`, `req-15`, … */
export async function hubWithRequests(requests: number): Promise<TestHub> {
  const hub = await startTestHub();
  const events = new PageEvents();
  const all = Array.from({ length: requests }, (_, index) =>
    events.request(`req-${index}`, FIRST_AGO_MS - index * EVERY_MS, index % 10 === 5),
  ).flat();
  expect((await hub.send(makeNowRun(), all)).status).toBe(200);
  return hub;
}
