import type { ServerResponse } from 'node:http';
import type { HubAlerts } from './hub-alerts.js';
import type { HubGate } from './hub-gate.js';
import type { HubState } from './hub-metrics.js';
import type { HubProjects } from './hub-projects.js';
import { Problem } from './problem.js';
import type { QueryPool } from './query-pool.js';
import type { healthAnswer } from './schemas/answers.js';
import type { Typed } from './schemas/typed.js';
import type { Sources } from './sources.js';
import { beginEventStream, eventBytes } from './tail-client.js';

const CLIENTS_MAX = 1_000;
const RECENT_MS = 5 * 60_000;
const NANOS_PER_MILLI = 1_000_000n;
/** Between looks at whether something has changed, while somebody follows. */
const LOOK_MS = 1_000;
/** What happened long ago leaves the last minutes, also when nothing comes. */
const STALE_MS = 10_000;
const HEARTBEAT_MS = 15_000;

/** What the status is made from. */
export interface StatusSources {
  readonly queries: QueryPool;
  readonly sources: Sources;
  readonly gate: HubGate;
  readonly projects: HubProjects;
  readonly alerts: HubAlerts;
  readonly stateOf: () => HubState;
}

/** How the hub is at a glance, and who is told when it changes. */
export class HubStatus {
  readonly #parts: StatusSources;
  readonly #clients = new Set<ServerResponse>();
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;
  #isClosed = false;
  #told = '';
  #toldVersion = '';
  #lookedMs = Number.NEGATIVE_INFINITY;
  #wroteMs = 0;

  constructor(parts: StatusSources) {
    this.#parts = parts;
  }

  /** @throws Problem (rejects). */
  async read(): Promise<Typed<typeof healthAnswer, bigint>> {
    const version = this.#version;
    const { events, errors } = await this.#recentCounts();
    const { queueRequests, queueBytes, lost, sources, alerts } = this.#parts.stateOf();
    return {
      events,
      errors,
      queue_requests: queueRequests,
      queue_bytes: queueBytes,
      write_lag_ms: this.#parts.sources.writeLagMs,
      lost: lost.events,
      lost_errors: lost.errors,
      sources,
      alerts_firing: alerts.firing,
      alerts_failing: alerts.failing,
      version,
    };
  }

  /**
   * Tells a client how the hub is, at once and whenever it changes.
   *
   * @param take - gives the response, whose head is written here.
   * @throws Problem when there are too many, and when the hub ends.
   */
  add(take: () => ServerResponse): void {
    if (this.#isClosed) throw new Problem('unavailable', 'the hub ends', { retryAfterS: 1 });
    if (this.#clients.size >= CLIENTS_MAX) {
      throw new Problem('overloaded', `${CLIENTS_MAX} listen`, { retryAfterS: 30 });
    }
    const response = take();
    beginEventStream(response);
    this.follow(response);
  }

  /** The same on a stream that has begun: of more clients than there may be, this one hears nothing. */
  follow(response: ServerResponse): void {
    if (this.#isClosed || this.#clients.size >= CLIENTS_MAX) return;
    response.on('close', () => this.#remove(response));
    response.on('error', () => this.#remove(response));
    this.#clients.add(response);
    this.#timer ??= setInterval(() => void this.#look(), LOOK_MS);
    // What was told before may be old: this one is told when it has been looked at.
    this.#told = '';
    this.#lookedMs = Number.NEGATIVE_INFINITY;
    void this.#look();
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    for (const response of this.#clients) response.end();
    this.#clients.clear();
  }

  /** Another one when something that the hub answers may have changed. */
  get #version(): string {
    const { sources, gate, projects, alerts } = this.#parts;
    return [
      sources.reports,
      gate.heat.config().etag,
      gate.listeners.liveCount,
      projects.version,
      alerts.lookedMs ?? 0,
    ].join('.');
  }

  #remove(response: ServerResponse): void {
    this.#clients.delete(response);
    if (this.#clients.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #look(): Promise<void> {
    const now = performance.now();
    const isFresh = this.#version === this.#toldVersion && now - this.#lookedMs < STALE_MS;
    if (this.#isLooking || isFresh) return this.#beat(now);
    this.#isLooking = true;
    try {
      const status = await this.read();
      this.#toldVersion = status.version;
      this.#lookedMs = now;
      const text = JSON.stringify(status);
      if (text === this.#told) return;
      this.#told = text;
      this.#write(eventBytes(text, undefined, 'status'), now);
    } catch (error) {
      // It is looked at again.
      if (!(error instanceof Problem)) throw error;
    } finally {
      this.#isLooking = false;
    }
  }

  /** Keeps the connections. */
  #beat(now: number): void {
    if (now - this.#wroteMs >= HEARTBEAT_MS) this.#write(Buffer.from(':\n\n'), now);
  }

  /** Whoever does not read hears the next one. */
  #write(bytes: Buffer, now: number): void {
    this.#wroteMs = now;
    for (const response of this.#clients) if (!response.writableNeedDrain) response.write(bytes);
  }

  async #recentCounts(): Promise<{ events: number; errors: number }> {
    const range = { from: BigInt(Date.now() - RECENT_MS) * NANOS_PER_MILLI };
    const bytes = await this.#parts.queries.ask({ kind: 'trend', range, buckets: 2 });
    const { items } = JSON.parse(Buffer.from(bytes).toString()) as {
      items: { events: number; errors: number }[];
    };
    const sum = (field: 'events' | 'errors'): number =>
      items.reduce((total, item) => total + item[field], 0);
    return { events: sum('events'), errors: sum('errors') };
  }
}
