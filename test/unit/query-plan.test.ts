import { expect, it } from 'vitest';
import type { StoreQuery } from '../../src/store/event-store.js';
import type { StorePosition } from '../../src/store/position.js';
import { EDGE_EVENTS_MAX } from '../../src/store/sqlite/find-edges.js';
import { FOLLOWED_MAX } from '../../src/store/sqlite/follow.js';
import { EXAMINED_APART_MAX, EXAMINED_IN_TIME_MAX } from '../../src/store/sqlite/query-plan.js';
import { makeEvents, makeRun, WALL_NS } from '../support/recorded-events.js';
import { connect, openStore } from '../support/store-folder.js';

it('a search that no index helps looks at so many rows a page, says so, and goes on', async () => {
  const { store } = await openStore();
  const oldest = (index: number) => (index === 0 ? { rationale: 'the needle' } : {});
  await store.append(makeRun(), makeEvents(2 * EXAMINED_IN_TIME_MAX + 10, oldest));
  const cases: [StoreQuery, number][] = [
    [{ text: 'needle' }, EXAMINED_IN_TIME_MAX],
    [{ text: 'needle', process: 'Scheduler', status: 'OK' }, EXAMINED_APART_MAX],
  ];
  for (const [query, examinedMax] of cases) {
    const first = await store.query(query);
    expect(first.events).toEqual([]);
    expect(first.total).toEqual({ count: 0, isExact: false });
    let cursor = first.next;
    let found = 0;
    let pages = 1;
    for (; cursor !== undefined; pages++) {
      const page = await store.query({ ...query, cursor, count: false });
      found += page.events.length;
      cursor = page.next;
    }
    expect(found).toBe(1);
    expect(pages).toBe(Math.ceil((2 * EXAMINED_IN_TIME_MAX + 10) / examinedMax));
    // From the other end it is found at once.
    const { events } = await store.query({ ...query, order: 'oldest', limit: 1 });
    expect(events[0]?.event.rationale).toBe('the needle');
  }
});

it('a page of time, process and status is read from an index, without sorting', async () => {
  const { store, path } = await openStore();
  await store.append(makeRun(), makeEvents(100));
  const database = await connect(path);
  const plan = database
    .prepare(
      `EXPLAIN QUERY PLAN SELECT e.id FROM event e INDEXED BY event_process
       WHERE e.process = 1 AND e.status = 'OK' AND e.ts >= 'a' AND e.ts <= 'b'
       AND e.ts <= 'b' AND (e.ts, e.id) < ('b', 5) ORDER BY e.ts DESC, e.id DESC LIMIT 51`,
    )
    .all();
  expect(plan.map(({ detail }) => detail)).toEqual([
    'SEARCH e USING COVERING INDEX event_process (process=? AND status=? AND ts>? AND ts<?)',
  ]);
});

it('what no index helps is bounded: a page of after() with a filter, and the graph of who calls whom', async () => {
  const { store } = await openStore();
  const ids = ['first', 'second'].map((name) => `id of ${name}`) as [string, string];
  await store.append(
    makeRun(),
    makeEvents(EDGE_EVENTS_MAX + 10, (index) => ({
      ...(index === 0 && { eventId: ids[0], component: 'caller' }),
      ...(index === 1 && { attributes: { parent_event_id: ids[0] } }),
      ...(index === 100 && { eventId: ids[1], component: 'late caller' }),
      ...(index === 101 && { attributes: { parent_event_id: ids[1] } }),
    })),
  );
  // The newest are looked at; the first ten are beyond.
  const { edges, isExact } = await store.edges();
  expect(isExact).toBe(false);
  expect(edges.map(({ caller, callee }) => [caller, callee])).toEqual([
    ['late caller', 'Scheduler'],
  ]);
  const within = await store.edges({ to: WALL_NS + 1_000_000_000n });
  expect(within.isExact).toBe(true);
  expect(within.edges.map(({ caller }) => caller)).toEqual(['caller', 'late caller']);

  let pages = 0;
  let position: StorePosition | undefined;
  for (let isEnd = false; !isEnd; pages++) {
    const page = await store.after(position, { filter: { status: 'ERR' } });
    expect(page.events).toEqual([]);
    ({ position, isEnd } = page);
  }
  expect(pages).toBe(Math.ceil((EDGE_EVENTS_MAX + 10) / FOLLOWED_MAX));
});
