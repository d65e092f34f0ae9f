// The thread of a hub that stores what comes in. Requests that wait share one transaction, and each is answered
// after its commit.

import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { TraceError } from '../errors.js';
import { type AppendResult, retryAfterMsOf } from '../event/event-sink.js';
import { SqliteStore } from '../store/sqlite/sqlite-store.js';
import { messageOf } from '../thrown.js';
import type { ParsedBatch } from '../wire/batch.js';
import type {
  AppendAnswer,
  AppendRequest,
  AppendWorkerInput,
  FromAppendWorker,
  Refusal,
  SourceReport,
  ToAppendWorker,
} from './append-messages.js';
import { Problem } from './problem.js';
import { readBody } from './read-body.js';

/** Bodies of one transaction, bytes before inflation, and how many: what comes later waits no longer than it takes. */
const GROUP_BYTES = 4 * 2 ** 20;
const GROUP_MAX = 64;
const MAINTAIN_EVERY_MS = 1_000;
const MAINTAIN_BUDGET_MS = 20;
/** How long a sender is asked to wait when the store takes nothing. */
const RETRY_AFTER_S = 1;

const { database, retentionMs } = workerData as AppendWorkerInput;
const port = parentPort as NonNullable<typeof parentPort>;
const post = (message: FromAppendWorker): void => port.postMessage(message);

interface Pending {
  readonly id: number;
  readonly batch: ParsedBatch;
}

class Appender {
  readonly #store: SqliteStore;
  readonly #waiting: ToAppendWorker[] = [];
  #isBusy = false;

  constructor(store: SqliteStore) {
    this.#store = store;
  }

  take(message: ToAppendWorker): Promise<void> {
    this.#waiting.push(message);
    return this.#work();
  }

  /** Works through what has come, and what comes meanwhile. */
  async #work(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      for (let next = this.#next(); next !== undefined; next = this.#next()) {
        if (next.type === 'append') await this.#append(this.#groupFrom(next));
        else if (next.type === 'purge') await this.#purge(next.id, next.olderThanMs);
        else return await this.#close();
      }
    } finally {
      this.#isBusy = false;
    }
  }

  async maintain(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      await this.#store.maintain({ budgetMs: MAINTAIN_BUDGET_MS });
    } catch {
      // The disk fails: the next append says so.
    } finally {
      this.#isBusy = false;
    }
    await this.#work();
  }

  #next(): ToAppendWorker | undefined {
    return this.#waiting.shift() ?? receiveMessageOnPort(port)?.message;
  }

  #groupFrom(first: AppendRequest): AppendRequest[] {
    const group = [first];
    let bytes = first.body.length;
    while (bytes < GROUP_BYTES && group.length < GROUP_MAX) {
      const next = this.#next();
      if (next === undefined) break;
      if (next.type !== 'append') {
        this.#waiting.unshift(next);
        break;
      }
      group.push(next);
      bytes += next.body.length;
    }
    return group;
  }

  async #append(group: readonly AppendRequest[]): Promise<void> {
    const answers: AppendAnswer[] = [];
    const pending: Pending[] = [];
    for (const { id, body, encoding } of group) {
      try {
        pending.push({ id, batch: readBody(body, encoding) });
      } catch (error) {
        answers.push(refusal(id, error));
      }
    }
    let inserted = 0;
    try {
      const results = await this.#store.appendAll(
        pending.map(({ batch }) => batch),
        { durable: true },
      );
      for (const [index, { id, batch }] of pending.entries()) {
        const result = results[index] as AppendResult;
        inserted += result.inserted;
        answers.push(accepted(id, batch, result));
      }
    } catch (error) {
      for (const { id } of pending) answers.push(refusal(id, error));
    }
    post({ type: 'answers', answers, inserted });
  }

  async #purge(id: number, olderThanMs: number): Promise<void> {
    try {
      const { removed, isDone } = await this.#store.purge(olderThanMs);
      post({ type: 'purged', id, text: JSON.stringify({ removed, is_done: isDone }) });
    } catch (error) {
      post({ type: 'purged', ...refusal(id, error) });
    }
  }

  async #close(): Promise<void> {
    clearInterval(maintenance);
    await this.#store.close();
    post({ type: 'closed' });
    port.close();
  }
}

function accepted(id: number, batch: ParsedBatch, result: AppendResult): AppendAnswer {
  const { run, account, indexes } = batch;
  const received = batch.events.length + batch.rejected.length;
  const rejected = [
    ...batch.rejected.map(({ index, reason }) => ({ index, code: 'invalid', message: reason })),
    ...result.rejected.map(({ index, reason }) => ({
      index: indexes[index],
      code: 'refused',
      message: reason,
    })),
  ];
  const { inserted, duplicates } = result;
  const source: SourceReport = {
    run: run.run,
    pid: run.pid,
    host: run.host,
    service: run.service,
    project: run.project,
    version: run.version,
    account,
    received,
    inserted,
    duplicates,
    rejected: rejected.length,
  };
  const accept = received - rejected.length;
  return {
    id,
    source,
    text: JSON.stringify({ accepted: accept, inserted, duplicates, deduped: 0, rejected }),
  };
}

function refusal(id: number, error: unknown): Refusal {
  if (error instanceof Problem) return { id, problem: error.code, detail: error.message };
  if (!(error instanceof TraceError)) {
    return { id, problem: 'internal', detail: 'what was sent could not be stored' };
  }
  const retryAfterS = Math.ceil((retryAfterMsOf(error) ?? RETRY_AFTER_S * 1000) / 1000);
  return { id, problem: 'unavailable', detail: messageOf(error), retryAfterS };
}

let maintenance: NodeJS.Timeout | undefined;
try {
  const appender = new Appender(await SqliteStore.open({ path: database, retentionMs }));
  maintenance = setInterval(() => void appender.maintain(), MAINTAIN_EVERY_MS);
  port.on('message', (message: ToAppendWorker) => void appender.take(message));
  post({ type: 'ready' });
} catch (error) {
  const code = error instanceof TraceError ? error.code : undefined;
  post({ type: 'failed', code, message: messageOf(error) });
  port.close();
}
