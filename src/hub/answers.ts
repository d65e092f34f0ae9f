import type { StoredEvent } from '../event/stored-event.js';
import type {
  CallGraph,
  DurationShares,
  EventPage,
  EventStore,
  Overview,
  RequestQuery,
} from '../store/event-store.js';
import { formatRun } from '../wire/batch.js';
import { formatEventLine } from '../wire/event-line.js';
import { formatExactJson } from '../wire/exact-json.js';
import type { FoundChain, FoundRequests, Question } from './query-messages.js';
import type {
  graphAnswer,
  overviewAnswer,
  percentilesAnswer,
  processesAnswer,
  statsAnswer,
  trendAnswer,
} from './schemas/answers.js';
import type { Typed } from './schemas/typed.js';

// The answers of a hub as JSON, snake_case as in files; integers of 64 bits are exact.

/** Of a longer chain the rest is not sent at once. */
const CHAIN_MAX = 10_000;
/** The same without its large values: what a page shows at once. */
const BRIEF_CHAIN_MAX = 50_000;
/** Events of it that are sent together, while the next ones are written. */
const PART_EVENTS = 1_000;
/** Of an attribute that `fields=brief` shows. */
const BRIEF_CHARACTERS_MAX = 256;
/** The attribute that names those that were left out. */
const LEFT_OUT = 'aegis.left_out';

/** An event as every answer and stream has it: a line as the JSON-lines sink writes it. */
export function eventText({ run, wallNs, ...placed }: StoredEvent): string {
  return formatEventLine({ run }, placed, wallNs);
}

/** @throws TraceError as the store does. */
export async function answerOf(store: EventStore, question: Question): Promise<string> {
  switch (question.kind) {
    case 'recent':
      return pageText(await store.query(question.query));
    case 'processes': {
      const items = await store.processes(question.range);
      return answerText<typeof processesAnswer>({
        items: items.map(({ process, events, errors, lastWallNs }) => ({
          process,
          events,
          errors,
          last_wall_ns: lastWallNs,
        })),
      });
    }
    case 'percentiles': {
      const { count, ...shares } = await store.percentiles(question.process, question.range);
      return answerText<typeof percentilesAnswer>({
        process: question.process,
        count,
        ...millisOf(shares),
      });
    }
    case 'trend': {
      const items = await store.trend(question.range, question.buckets);
      return answerText<typeof trendAnswer>({
        items: items.map(({ fromNs, toNs, events, errors }) => ({
          from_wall_ns: fromNs,
          to_wall_ns: toNs,
          events,
          errors,
        })),
      });
    }
    case 'overview':
      return overviewText(await store.overview(question.range, question.buckets, question.process));
    case 'graph':
      return graphText(await store.edges(question.range));
    case 'stats': {
      const stats = await store.stats();
      return answerText<typeof statsAnswer>({
        events: stats.events,
        errors: stats.errors,
        runs: stats.runs,
        oldest_wall_ns: stats.oldestWallNs,
        newest_wall_ns: stats.newestWallNs,
        purged: stats.purged,
        bytes: stats.bytes,
        wal_bytes: stats.walBytes,
      });
    }
    case 'run': {
      const found = await store.run(question.run);
      return found === undefined ? '' : formatRun(found);
    }
    case 'event': {
      const found = await store.event(question);
      return found === undefined ? '' : eventText(found);
    }
  }
}

const millisOf = ({ p50, p95, p99 }: DurationShares) => ({ p50_ms: p50, p95_ms: p95, p99_ms: p99 });

/** The text of an answer, which is as its schema says. */
function answerText<S>(answer: Typed<S, bigint>): string {
  return formatExactJson(answer);
}

function pageText({ events, total, next }: EventPage): string {
  const head = { next: next ?? null, count: total?.count, is_exact: total?.isExact };
  return `{"items":[${events.map(eventText).join(',\n')}],${formatExactJson(head).slice(1)}`;
}

/** An event without its large values, whose names it has instead. */
function brief(stored: StoredEvent): StoredEvent {
  const { attributes } = stored.event;
  const large = Object.keys(attributes).filter(
    (name) => (attributes[name] as string).length > BRIEF_CHARACTERS_MAX,
  );
  if (large.length === 0) return stored;
  const kept = Object.entries(attributes).filter(([name]) => !large.includes(name));
  const left = [LEFT_OUT, large.join(', ')] as const;
  return { ...stored, event: { ...stored.event, attributes: Object.fromEntries([...kept, left]) } };
}

/**
 * Reads the chain of a request.
 *
 * @param give - takes its events as they are written, JSON with a comma and a line's end between them.
 * @throws TraceError as the store does.
 */
export async function chainOf(
  store: EventStore,
  { requestId, isBrief }: { requestId: string; isBrief: boolean },
  give: (part: string) => void,
): Promise<FoundChain> {
  const limit = isBrief ? BRIEF_CHAIN_MAX : CHAIN_MAX;
  const events = await store.chain(requestId, { limit: limit + 1 });
  const isCut = events.length > limit;
  if (isCut) events.length = limit;
  for (let first = 0; first < events.length; first += PART_EVENTS) {
    const texts = events
      .slice(first, first + PART_EVENTS)
      .map((stored) => eventText(isBrief ? brief(stored) : stored));
    give((first === 0 ? '' : ',\n') + texts.join(',\n'));
  }
  return { isCut, runs: [...new Set(events.map(({ run }) => run))] };
}

/** @throws TraceError as the store does. */
export async function requestsOf(store: EventStore, query: RequestQuery): Promise<FoundRequests> {
  const { requests, next } = await store.requests(query);
  const items = requests.map((request) => ({
    id: request.requestId,
    runs: request.runs,
    text: formatExactJson({
      request_id: request.requestId,
      first_wall_ns: request.firstWallNs,
      last_wall_ns: request.lastWallNs,
      duration_ns: request.durationNs,
      events: request.events,
      errors: request.errors,
      worst_severity: request.worstSeverity,
    }).slice(0, -1),
  }));
  return { items, next };
}

function overviewText({ buckets, processes, isExact }: Overview): string {
  return answerText<typeof overviewAnswer>({
    items: buckets.map(({ fromNs, toNs, events, errors, ...shares }) => ({
      from_wall_ns: fromNs,
      to_wall_ns: toNs,
      events,
      errors,
      ...millisOf(shares),
    })),
    processes: processes.map(({ process, events, errors, counts, ...shares }) => ({
      process,
      events,
      errors,
      counts,
      ...millisOf(shares),
    })),
    is_exact: isExact,
  });
}

function graphText({ edges, isExact }: CallGraph): string {
  const items = edges.map(({ caller, callee, calls, errors, lastWallNs }) => ({
    caller,
    callee,
    calls,
    errors,
    last_wall_ns: lastWallNs,
  }));
  return answerText<typeof graphAnswer>({ items, is_exact: isExact });
}
