// The same appends and questions to SQLite and ClickHouse, at random: the same answers.
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SEVERITIES } from '../../src/event/severity.js';
import { ClickHouseStore } from '../../src/store/clickhouse/clickhouse-store.js';
import { initStore } from '../../src/store/clickhouse/schema.js';
import type {
  EventStore,
  RequestQuery,
  StoredEvent,
  StoreQuery,
} from '../../src/store/event-store.js';
import { SqliteStore } from '../../src/store/index.js';
import { TestClickHouse } from '../support/clickhouse.js';
import { requireProgram } from '../support/debian-server.js';
import { randomFrom } from '../support/random.js';
import { makeEvents, makeRun, WALL_NS } from '../support/recorded-events.js';
import { makeStoreFolder } from '../support/store-folder.js';

/** 10 000 in stress. */
const STEPS = process.env.AEGIS_STRESS === '1' ? 10_000 : 600;
const SPAN_MS = 7_200_000;
const NANOS_PER_MILLI = 1_000_000n;

const random = randomFrom(20);
const below = (most: number): number => Math.floor(random() * most);
const oneOf = <T>(items: readonly T[]): T => items[below(items.length)] as T;
const maybe = <T>(make: () => T): T | undefined => (below(3) === 0 ? make() : undefined);
const wall = (): bigint => WALL_NS + BigInt(below(SPAN_MS)) * NANOS_PER_MILLI;
const range = () => {
  const [from, to] = [wall(), wall()].sort((a, b) => (a < b ? -1 : 1));
  return { from: maybe(() => from), to: maybe(() => to) };
};
const name = (): string => oneOf(['a', 'A', 'gpu.run', 'cpu.run', "it's", '50%', 'b_c']);

const filter = () => ({
  component: maybe(name),
  process: maybe(name),
  eventType: maybe(() => oneOf([name(), [name(), name()], { prefix: 'gpu.' }] as const)) as string,
  status: maybe(() => oneOf(['OK', 'ERR'] as const)),
  minSeverity: maybe(() => oneOf(SEVERITIES)),
  minDurationNs: maybe(() => BigInt(below(2_000_000))),
  text: maybe(() => oneOf(['deadline', 'LATE', "'", '%', '\\', 'é'])),
  ...range(),
});

const placeOf = ({ wallNs, run, lane, sequence }: StoredEvent): string =>
  `${wallNs} ${run} ${lane} ${sequence}`;

/** All pages; among those of the same microsecond stores have orders of their own. */
async function pagesOf(store: EventStore, query: StoreQuery) {
  const found: StoredEvent[] = [];
  let total: unknown;
  let cursor: string | undefined;
  do {
    const page = await store.query({ ...query, cursor });
    if (cursor === undefined && query.text === undefined) total = page.total;
    found.push(...page.events);
    cursor = page.next;
  } while (cursor !== undefined);
  const walls = found.map(({ wallNs }) => wallNs);
  const inOrder = walls.every((at, index) => {
    const before = walls[index - 1] ?? at;
    return query.order === 'oldest' ? before <= at : before >= at;
  });
  const sorted = found.sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
  return { total, inOrder, events: sorted };
}

async function requestsOf(store: EventStore, query: RequestQuery) {
  const found = [];
  let cursor: string | undefined;
  do {
    const page = await store.requests({ ...query, cursor });
    found.push(...page.requests);
    cursor = page.next;
  } while (cursor !== undefined);
  return found
    .map((request) => ({ ...request, runs: [...request.runs].sort() }))
    .sort((a, b) => (a.requestId < b.requestId ? -1 : 1));
}

const questions: readonly (() => (store: EventStore) => Promise<unknown>)[] = [
  () => {
    const query = {
      ...filter(),
      limit: 20 + below(200),
      order: oneOf(['newest', 'oldest'] as const),
    };
    return (store) => pagesOf(store, query);
  },
  () => {
    const query = { ...filter(), limit: 10 + below(50) };
    return (store) => requestsOf(store, query);
  },
  () => {
    const id = `r-${below(60)}`;
    return (store) => store.chain(id);
  },
  () => {
    const span = range();
    return (store) => store.processes(span);
  },
  () => {
    const [span, buckets] = [range(), 2 + below(60)];
    return (store) => store.trend(span, buckets);
  },
  () => {
    const [process, span] = [name(), range()];
    return (store) => store.percentiles(process, span);
  },
  () => async (store) => {
    const { events, errors, runs, oldestWallNs, newestWallNs } = await store.stats();
    return { events, errors, runs, oldestWallNs, newestWallNs };
  },
];

it('P7: SQLite and ClickHouse answer alike', async (context) => {
  requireProgram(context, 'clickhouse-server', 'clickhouse-server');
  const server = await TestClickHouse.start();
  await initStore(server.urlOf('same'));
  const sqlite = await SqliteStore.open({ path: join(makeStoreFolder(), 'same.db') });
  const clickhouse = await ClickHouseStore.open({ url: server.urlOf('same') });
  const runs = Array.from({ length: 5 }, (_, index) => makeRun({ service: `s${index}` }));
  const sent = runs.map(() => 0);
  for (let step = 0; step < STEPS; step++) {
    if (step % 10 === 0) {
      const which = below(runs.length);
      // Some of what was sent before comes again.
      const first = Math.max(0, (sent[which] as number) - below(5));
      const events = makeEvents(first + 1 + below(30), () => ({
        ms: below(SPAN_MS),
        component: name(),
        eventType: name(),
        requestId: below(4) === 0 ? '' : `r-${below(60)}`,
        severity: oneOf(SEVERITIES),
        durationNs: BigInt(below(3_000_000)),
        rationale: oneOf(['deadline first', "it's late", 'a % of \\', 'été', '']),
        attributes: below(2) === 0 ? {} : { process: name() },
      })).slice(first);
      sent[which] = first + events.length;
      const batch = { run: runs[which] as (typeof runs)[0], events };
      const [one] = await sqlite.appendAll([batch]);
      const [other] = await clickhouse.appendAll([batch]);
      expect(other).toEqual(one);
      continue;
    }
    const ask = oneOf(questions)();
    const [one, other] = [await ask(sqlite), await ask(clickhouse)];
    expect(other, `step ${step}: ${ask}`).toEqual(one);
  }
  await Promise.all([sqlite.close(), clickhouse.close()]);
});
