// The thread of a hub that stores what comes in. Requests that wait share one transaction, and each is answered
// after its commit.

import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { TraceError } from '../errors.js';
import { type AppendResult, retryAfterMsOf } from '../event/event-sink.js';
import type { RunInfo } from '../event/recorded-event.js';
import type { ForeignBatch, RunBatch } from '../store/event-store.js';
import { PartlyAppendedError } from '../store/partly-appended-error.js';
import { messageOf } from '../thrown.js';
import { answerAlerts } from './alert-changes.js';
import type {
  AppendAnswer,
  AppendRequest,
  FromAppendWorker,
  Refusal,
  SourceReport,
  StateQuestion,
  SuppressedEvents,
  ToAppendWorker,
} from './append-messages.js';
import { HOLD_MS } from './hold.js';
import { type HubStore, type HubStoreInput, openHubStore } from './hub-store.js';
import type { IngestBody, IngestPart } from './ingest-body.js';
import { Problem } from './problem.js';
import { answerProjects } from './project-changes.js';
import { readBody } from './read-body.js';
import { tailPage } from './tail-page.js';

/** Bodies of one transaction, bytes before inflation, and how many: what comes later waits no longer than it takes. */
const GROUP_BYTES = 4 * 2 ** 20;
const GROUP_MAX = 64;
const MAINTAIN_EVERY_MS = 1_000;
/** A ClickHouse purges by whole hours, and hides what is older in one step. */
const MAINTAIN_CLICKHOUSE_EVERY_MS = 60_000;
/** When more is due than the budget allows: a third of the time then goes into purging. */
const MAINTAIN_AGAIN_MS = 40;
const MAINTAIN_BUDGET_MS = 20;
/**
 * How long a group for a ClickHouse waits at most for the senders of the one before: an insert costs it some 20 ms of a core,
 * however few rows it has.
 */
const LINGER_MS = 40;
const NANOS_PER_MILLI = 1_000_000n;
/** How long a sender is asked to wait when the store takes nothing. */
const RETRY_AFTER_S = 1;

const input = workerData as HubStoreInput;
const maintainEveryMs =
  input.clickhouse === undefined ? MAINTAIN_EVERY_MS : MAINTAIN_CLICKHOUSE_EVERY_MS;
const lingerMs = input.clickhouse === undefined ? 0 : LINGER_MS;
const port = parentPort as NonNullable<typeof parentPort>;
const post = (message: FromAppendWorker): void => port.postMessage(message);

type FollowMessage = Extract<ToAppendWorker, { type: 'tail' | 'end' }>;
type OtherMessage = Extract<ToAppendWorker, { type: 'purge' | 'state' | 'close' }>;

interface Pending {
  readonly id: number;
  readonly body: IngestBody;
  readonly suppressed: SuppressedEvents | undefined;
}

/** Bodies that are read, and stored together. */
class Group {
  readonly answers: AppendAnswer[] = [];
  readonly pending: Pending[] = [];
  #bytes = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  get isFull(): boolean {
    return this.#bytes >= GROUP_BYTES || this.#count >= GROUP_MAX;
  }

  /** After that nothing of it is stored any more: nanoseconds of `process.hrtime.bigint()`. */
  deadlineNs: bigint | undefined;

  read({ id, body, kind, receivedNs }: AppendRequest): void {
    this.#count++;
    this.#bytes += body.length;
    // The first one has waited for longest.
    this.deadlineNs ??= receivedNs + BigInt(HOLD_MS) * NANOS_PER_MILLI;
    try {
      const read = suppress(readBody(body, kind, Date.now()), kind.suppressedFor);
      this.pending.push({ id, ...(kind.isFirst ? read : { ...read, body: repeated(read.body) }) });
    } catch (error) {
      this.answers.push(refusal(id, error));
    }
  }
}

/** One group is stored at a time; meanwhile the next one is read. */
class Appender {
  readonly #store: HubStore;
  readonly #waiting: ToAppendWorker[] = [];
  #group = new Group();
  #isStoring = false;
  /** When the last group was stored. */
  #storedMs = Number.NEGATIVE_INFINITY;
  /** Bodies that were on their way then, and of as many senders. */
  #expected = 0;
  #lingering: NodeJS.Timeout | undefined;
  /** With what is no append. */
  #isBusy = false;
  #maintenance: NodeJS.Timeout | undefined;

  constructor(store: HubStore) {
    this.#store = store;
  }

  take(message: ToAppendWorker): void {
    if (message.type === 'tail' || message.type === 'end') {
      void this.#follow(message);
      return;
    }
    this.#waiting.push(message);
    this.#work();
  }

  /** Of what is stored already: it waits for nothing. */
  async #follow(message: FollowMessage): Promise<void> {
    const { id } = message;
    try {
      if (message.type === 'end') {
        post({ type: 'ended', id, position: await this.#store.end() });
      } else post({ type: 'tailed', id, page: await tailPage(this.#store, message) });
    } catch (error) {
      post({ type: 'refused', ...refusal(id, error) });
    }
  }

  /** Begins what can be begun; whatever ends comes back here. */
  #work(): void {
    if (this.#isBusy) return;
    const other = this.#readWaiting();
    if (this.#isStoring) return;
    if (!this.#group.isEmpty) this.#storeSoon();
    else if (other !== undefined) void this.#answer(other);
  }

  /** @returns what is no append, when everything before it is stored. */
  #readWaiting(): OtherMessage | undefined {
    while (!this.#group.isFull) {
      const next = this.#waiting.shift() ?? receiveMessageOnPort(port)?.message;
      if (next === undefined) return undefined;
      if (next.type === 'append') this.#group.read(next);
      else if (next.type === 'tail' || next.type === 'end') void this.#follow(next);
      else if (this.#group.isEmpty && !this.#isStoring) return next;
      else {
        this.#waiting.unshift(next);
        return undefined;
      }
    }
    return undefined;
  }

  /** Senders that were just answered send their next bodies, and those that were not go with them. */
  #storeSoon(): void {
    const leftMs = this.#storedMs + lingerMs - performance.now();
    const isComplete = this.#group.isFull || this.#group.count >= this.#expected;
    if (isComplete || leftMs <= 0) void this.#storeGroup();
    else this.#lingering ??= setTimeout(() => this.#endLinger(), leftMs);
  }

  #endLinger(): void {
    this.#lingering = undefined;
    this.#work();
  }

  async #storeGroup(): Promise<void> {
    const { answers, pending, deadlineNs } = this.#group;
    this.#group = new Group();
    this.#isStoring = true;
    let inserted = 0;
    try {
      const parts = pending.flatMap(({ body }) => body.parts);
      const { results, error } = await this.#append(
        parts.map(({ batch }) => batch),
        deadlineNs,
      );
      const runs = await this.#runsOf(parts);
      let at = 0;
      for (const { id, body, suppressed } of pending) {
        const end = at + body.parts.length;
        const own = results.slice(at, end);
        // Of a body some parts may be stored: they are duplicates when it comes again.
        answers.push(
          own.includes(undefined)
            ? refusal(id, error)
            : accepted(
                id,
                body,
                { results: own as AppendResult[], runs: runs.slice(at, end) },
                suppressed,
              ),
        );
        at = end;
      }
      inserted = sumOf(results.map((result) => result?.inserted ?? 0));
    } catch (error) {
      for (const { id } of pending) answers.push(refusal(id, error));
    }
    post({ type: 'answers', answers, inserted });
    this.#isStoring = false;
    this.#storedMs = performance.now();
    this.#expected = answers.length + this.#group.count;
    this.#work();
  }

  /** @throws TraceError (rejects) when nothing was stored. */
  async #append(
    batches: readonly (RunBatch | ForeignBatch)[],
    deadlineNs: bigint | undefined,
  ): Promise<{
    readonly results: readonly (AppendResult | undefined)[];
    readonly error?: unknown;
  }> {
    try {
      return { results: await this.#store.appendAll(batches, { durable: true, deadlineNs }) };
    } catch (error) {
      if (!(error instanceof PartlyAppendedError)) throw error;
      return { results: error.results, error };
    }
  }

  async #answer(message: OtherMessage): Promise<void> {
    this.#isBusy = true;
    if (message.type === 'close') return this.#close();
    if (message.type === 'purge') await this.#purge(message.id, message.olderThanMs);
    else await this.#state(message.id, message);
    this.#isBusy = false;
    this.#work();
  }

  maintainAfter(ms: number): void {
    this.#maintenance = setTimeout(() => void this.#maintain(), ms);
  }

  async #maintain(): Promise<void> {
    if (this.#isBusy || this.#isStoring) return this.maintainAfter(MAINTAIN_AGAIN_MS);
    this.#isBusy = true;
    let isDone = true;
    try {
      ({ isDone } = await this.#store.maintain({ budgetMs: MAINTAIN_BUDGET_MS }));
    } catch {
      // The disk fails: the next append says so.
    }
    this.#isBusy = false;
    this.maintainAfter(isDone ? maintainEveryMs : MAINTAIN_AGAIN_MS);
    this.#work();
  }

  /** Those of foreign sources are of the database that is there now. */
  #runsOf(parts: readonly IngestPart[]): Promise<RunInfo[]> {
    return Promise.all(
      parts.map(({ batch }) =>
        'run' in batch ? batch.run : this.#store.runOfSource(batch.source),
      ),
    );
  }

  async #purge(id: number, olderThanMs: number): Promise<void> {
    try {
      const { removed, isDone } = await this.#store.purge(olderThanMs);
      post({ type: 'purged', id, text: JSON.stringify({ removed, is_done: isDone }) });
    } catch (error) {
      post({ type: 'refused', ...refusal(id, error) });
    }
  }

  async #state(id: number, { of, question }: StateQuestion): Promise<void> {
    try {
      const answer =
        of === 'projects'
          ? await answerProjects(this.#store, question)
          : await answerAlerts(this.#store, question);
      post({ type: 'state', id, answer });
    } catch (error) {
      post({ type: 'refused', ...refusal(id, error) });
    }
  }

  async #close(): Promise<void> {
    clearTimeout(this.#maintenance);
    clearTimeout(this.#lingering);
    await this.#store.close();
    post({ type: 'closed' });
    port.close();
  }
}

function accepted(
  id: number,
  { parts, rejected, received }: IngestBody,
  { results, runs }: { results: readonly AppendResult[]; runs: readonly RunInfo[] },
  suppressed: SuppressedEvents | undefined,
): AppendAnswer {
  const refused = [
    ...rejected.map(({ index, reason }) => ({ index, code: 'invalid', message: reason })),
    ...results.flatMap((result, part) =>
      result.rejected.map(({ index, reason }) => ({
        index: parts[part]?.indexes[index] as number,
        code: 'refused',
        message: reason,
      })),
    ),
  ];
  const folded = sumOf(results.map((result) => result.folded ?? 0));
  const counts = {
    accepted: received - refused.length,
    inserted: sumOf(results.map(({ inserted }) => inserted)),
    duplicates: sumOf(results.map(({ duplicates }) => duplicates)) - folded,
    deduped: folded,
    rejected: refused,
    ...(suppressed && { suppressed: suppressed.events }),
  };
  const sources = results.map((result, part) =>
    reportOf(parts[part] as IngestPart, runs[part] as RunInfo, result),
  );
  return { id, sources, suppressed, text: JSON.stringify(counts) };
}

/** Leaves out what no collector of ours has recorded: whoever has one records nothing while its project is off. */
function suppress(
  body: IngestBody,
  project: string | undefined,
): { body: IngestBody; suppressed: SuppressedEvents | undefined } {
  if (project === undefined) return { body, suppressed: undefined };
  const parts = body.parts.filter(({ batch }) => 'run' in batch);
  const events = sumOf(
    body.parts.map(({ batch, indexes }) => ('run' in batch ? 0 : indexes.length)),
  );
  return { body: { ...body, parts }, suppressed: { project, events } };
}

/** Events that another hub may have stored. */
function repeated(body: IngestBody): IngestBody {
  const parts = body.parts.map((part) =>
    'run' in part.batch ? { ...part, batch: { ...part.batch, isRepeated: true } } : part,
  );
  return { ...body, parts };
}

function reportOf(part: IngestPart, run: RunInfo, result: AppendResult): SourceReport {
  const { inserted, duplicates, folded = 0 } = result;
  return {
    run: run.run,
    pid: run.pid,
    host: run.host,
    service: run.service,
    project: run.project,
    version: run.version,
    account: part.account,
    gate: part.gate,
    received: part.indexes.length + part.rejected,
    inserted,
    duplicates: duplicates - folded,
    deduped: folded,
    rejected: part.rejected + result.rejected.length,
  };
}

const sumOf = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

function refusal(id: number, error: unknown): Refusal {
  if (error instanceof Problem) return { id, problem: error.code, detail: error.message };
  if (!(error instanceof TraceError)) {
    return { id, problem: 'internal', detail: 'what was sent could not be stored' };
  }
  const retryAfterS = Math.ceil((retryAfterMsOf(error) ?? RETRY_AFTER_S * 1000) / 1000);
  return { id, problem: 'unavailable', detail: messageOf(error), retryAfterS };
}

try {
  const appender = new Appender(await openHubStore(input, () => post({ type: 'news' })));
  appender.maintainAfter(MAINTAIN_EVERY_MS);
  port.on('message', (message: ToAppendWorker) => appender.take(message));
  post({ type: 'ready' });
} catch (error) {
  const code = error instanceof TraceError ? error.code : undefined;
  post({ type: 'failed', code, message: messageOf(error) });
  port.close();
}
