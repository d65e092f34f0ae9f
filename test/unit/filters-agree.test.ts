import { randomUUID } from 'node:crypto';
import { afterAll, expect, it } from 'vitest';
import { wallNsOf } from '../../src/event/clock.js';
import type { EventConditions, EventFilter, NameMatch } from '../../src/event/event-filter.js';
import { eventMatcher } from '../../src/event/event-matcher.js';
import { SEVERITIES } from '../../src/event/severity.js';
import type { TraceEvent } from '../../src/event/trace-event.js';
import { TraceCollector, type TraceQuery } from '../../src/index.js';
import { formatQueryLine } from '../../src/wire/query-line.js';
import { randomFrom } from '../support/random.js';
import { makeRun } from '../support/recorded-events.js';
import { openStore } from '../support/store-folder.js';

const EVENTS = 300;
const FILTERS = 10_000;
const BASE_NS = 1_000_000_000n;
const COMPONENTS = ['Scheduler', 'Sched', 'scheduler', 'Gate', '50%_a', 'ü'];
const TYPES = ['decide', 'decided', 'admit'];
const MODELS = ['', 'm1', 'm2'];
const REQUESTS = ['', 'r1', 'r2', 'r3'];
const PROCESSES = [undefined, '', 'gpu.run', 'gpu.load', 'cpu.run', 'Gate'];
const TEXTS = ['Memory', 'of', '%', '_', 'É', '"', '\\', '{', ':', ',', 'zz', '~'];
const RATIONALES = ['out of memory', 'É', 'é 50% of', 'say "no"', 'C:\\temp', 'a_b', ''];

const random = randomFrom(20_260_731);
const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
const maybe = <T>(probability: number, value: () => T): T | undefined =>
  random() < probability ? value() : undefined;
/** Whole microseconds, which is what a store compares times by. */
const anyTime = (): bigint => BASE_NS + BigInt(Math.floor(random() * 100)) * 1_000n;

const collector = new TraceCollector({ capacity: EVENTS });
afterAll(() => collector.close());
for (let index = 0; index < EVENTS; index++) {
  const process = pick(PROCESSES);
  collector.record({
    component: pick(COMPONENTS),
    eventType: pick(TYPES),
    modelId: pick(MODELS),
    requestId: pick(REQUESTS),
    severity: pick(SEVERITIES),
    timestampNs: anyTime(),
    durationNs: BigInt(Math.floor(random() * 5)),
    rationale: pick(RATIONALES),
    attributes: {
      ...(process !== undefined && { process }),
      ...(random() < 0.5 && { [pick(TEXTS)]: pick(RATIONALES) }),
    },
  });
}

function anyNames(names: readonly string[]): NameMatch {
  const one = () => {
    const name = pick(names);
    return random() < 0.3 && name !== '' ? { prefix: name.slice(0, 1 + random() * 3) } : name;
  };
  return random() < 0.7 ? one() : [one(), one()];
}

function anyConditions(probability: number): EventConditions {
  const min = maybe(probability / 2, () => BigInt(Math.floor(random() * 4)));
  const conditions = {
    process: maybe(probability, () => anyNames(['gpu.run', 'cpu.run', ...COMPONENTS])),
    component: maybe(probability, () => anyNames(COMPONENTS)),
    eventType: maybe(probability, () => anyNames(TYPES)),
    modelId: maybe(probability, () => anyNames(MODELS)),
    requestId: maybe(probability, () => pick(REQUESTS)),
    status: maybe(probability, () => pick(['OK', 'ERR'] as const)),
    minSeverity: maybe(probability, () => pick(SEVERITIES)),
    minDurationNs: min,
    maxDurationNs: maybe(probability / 2, () => (min ?? 0n) + BigInt(Math.floor(random() * 3))),
    text: maybe(probability, () => (random() < 0.8 ? pick(TEXTS) : [pick(TEXTS), pick(TEXTS)])),
  };
  return conditions;
}

/** An order in which both can be compared: events of the same time have none that a store knows. */
const idsOf = (events: readonly TraceEvent[]): string[] =>
  events.map(({ eventId }) => eventId).sort();

it(`TypeScript and SQL read ${FILTERS} random filters alike, and C++ those that it has`, async () => {
  const all = collector.query({});
  expect(all).toHaveLength(EVENTS);
  const run = makeRun({ run: randomUUID(), steadyNs: 0n });
  const { store } = await openStore();
  await store.append(
    run,
    all.map((event, sequence) => ({ lane: 0, sequence, event })),
  );
  let matches = 0;
  let natives = 0;
  for (let count = 0; count < FILTERS; count++) {
    const [first, second] = [anyTime(), anyTime()];
    const [start, end] = first <= second ? [first, second] : [second, first];
    const range = { start: maybe(0.3, () => start), end: maybe(0.3, () => end) };
    const not = Array.from({ length: random() < 0.3 ? 2 : 0 }, () => anyConditions(0.15)).filter(
      (conditions) => Object.values(conditions).some((value) => value !== undefined),
    );
    const filter: EventFilter = { ...anyConditions(0.2), not };
    const expected = idsOf(all.filter(eventMatcher({ ...filter, ...range })));
    const page = await store.query({
      ...filter,
      from: range.start && wallNsOf(run, range.start),
      to: range.end && wallNsOf(run, range.end),
      limit: EVENTS,
      count: false,
    });
    expect(page.next).toBeUndefined();
    expect(idsOf(page.events.map(({ event }) => event)), formatQueryLine(filter)).toEqual(expected);
    matches += expected.length;

    const { component, eventType, modelId, requestId, minSeverity } = filter;
    const plain = Object.entries({ component, eventType, modelId, requestId, minSeverity }).filter(
      ([, value]) => value === undefined || typeof value === 'string',
    );
    const query: TraceQuery = { ...Object.fromEntries(plain), ...range };
    expect(idsOf(collector.query(query))).toEqual(idsOf(all.filter(eventMatcher(query))));
    natives += collector.query(query).length;
  }
  // Filters that match nothing, or everything, would agree whatever they mean.
  expect(matches / FILTERS).toBeGreaterThan(EVENTS / 50);
  expect(matches / FILTERS).toBeLessThan(EVENTS / 2);
  expect(natives / FILTERS).toBeGreaterThan(EVENTS / 50);
}, 120_000);
