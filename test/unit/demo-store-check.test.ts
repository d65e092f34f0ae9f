import { afterAll, describe, expect, it } from 'vitest';
// @ts-expect-error: plain JavaScript
import * as check from '../../scripts/demo/proof/store-check.mjs';
import type { TraceEvent } from '../../src/event/trace-event.js';
import { SqliteStore } from '../../src/store/index.js';
import { makeEvent, makeTestFolder } from '../support/write-export.js';

const folder = makeTestFolder();
afterAll(folder.remove);

const RUN = {
  run: '01234567-89ab-4def-8123-456789abcdef',
  pid: 1,
  anchors: [{ steadyNs: 0n, wallNs: 1_795_255_555_000_000_000n }],
};
const eventOf = (number: number, fields: Partial<TraceEvent> = {}) =>
  makeEvent({ eventId: `01234567-89ab-4def-8123-${String(number).padStart(12, '0')}`, ...fields });
const EVENTS = [eventOf(0), eventOf(1, { severity: 'Error' }), eventOf(2), eventOf(3)];
const METRICS = { committed: 4, lost: 0, rejected: 0, errors: 1, lostErrors: 0 };

let databases = 0;
/** Stores events for real, and compares the database with what was kept. */
async function compare(stored: readonly TraceEvent[], kept: readonly TraceEvent[] = EVENTS) {
  const path = `${folder.path}/${databases++}.db`;
  const store = await SqliteStore.open({ path });
  const placed = stored.map((event, sequence) => ({ event, lane: 0, sequence }));
  await store.append(RUN, placed);
  await store.close();
  const digests = new check.EventDigests();
  for (const event of kept) digests.add(event);
  return check.compareDatabase(path, digests);
}

it('P1: a database with every event of the ring, in whatever order', async () => {
  const found = await compare(EVENTS.toReversed());
  expect(found).toMatchObject({ rows: 4, errors: 1, unlike: 0, strangers: 0, missing: 0 });
  expect(check.storeProblems(found, METRICS, { recorded: 4, dropped: 0 })).toEqual([]);
});

describe('P1: it is seen when', () => {
  it.each<[string, TraceEvent[], Partial<typeof METRICS>, string[]]>([
    [
      'an event is missing',
      EVENTS.slice(0, 3),
      { committed: 3 },
      [
        'events stored, lost or refused: expected 4, found 3',
        '1 events of the ring are not in the database',
      ],
    ],
    [
      'one differs in a single field',
      [...EVENTS.slice(0, 3), eventOf(3, { durationNs: 45_001n })],
      {},
      ['1 rows differ from the event in the ring'],
    ],
    [
      'one was never recorded',
      [...EVENTS, eventOf(4)],
      { committed: 5 },
      [
        '1 rows are of no event in the ring, which has dropped 0',
        'events stored, lost or refused: expected 4, found 5',
      ],
    ],
    [
      'one is there twice',
      [...EVENTS, eventOf(3)],
      {},
      ['1 rows are of an event stored twice', 'rows in the database: expected 4, found 5'],
    ],
    [
      'the pipeline counts another number of errors',
      EVENTS,
      { errors: 2 },
      ['errors in the database: expected 2, found 1'],
    ],
    ['it has lost errors', EVENTS, { lostErrors: 1 }, ['the pipeline has lost 1 errors']],
  ])('%s', async (_, stored, metrics, problems) => {
    const found = await compare(stored);
    const account = { ...METRICS, ...metrics };
    expect(check.storeProblems(found, account, { recorded: 4, dropped: 0 })).toEqual(problems);
  });
});

it('P2: what the ring had dropped before it was read is lost, and counted', async () => {
  const found = await compare(EVENTS.slice(1));
  const account = { ...METRICS, committed: 3, lost: 1 };
  expect(check.storeProblems(found, account, { recorded: 4, dropped: 1 })).toEqual([]);
});

it('what the ring dropped later may be in the database', async () => {
  const found = await compare(EVENTS, EVENTS.slice(1));
  expect(check.storeProblems(found, METRICS, { recorded: 4, dropped: 1 })).toEqual([]);
});
