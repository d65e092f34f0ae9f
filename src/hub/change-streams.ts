import type { ServerResponse } from 'node:http';
import { Problem } from './problem.js';
import { beginEventStream, eventBytes } from './tail-client.js';

const CLIENTS_MAX = 10_000;
const HEARTBEAT_MS = 15_000;
/** Of the questions that follow a change: so many in a millisecond. */
const QUESTIONS_PER_MS = 10;
/** Between two changes that are told. */
const SETTLE_MS = 20;

/**
 * Who is told when the config of the gate changes. A change is told once to all, of whom each then asks for the config;
 * changes in quick succession are one.
 */
export class ChangeStreams {
  readonly #etag: () => string;
  readonly #clients = new Set<ServerResponse>();
  readonly #heartbeat: NodeJS.Timeout;
  #telling: NodeJS.Timeout | undefined;
  #isClosed = false;
  #told: string | undefined;
  #lastToldMs = 0;

  /** @param etag - of the config as it is now. */
  constructor(etag: () => string) {
    this.#etag = etag;
    this.#heartbeat = setInterval(() => this.#writeAll(Buffer.from(':\n\n')), HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  get count(): number {
    return this.#clients.size;
  }

  /**
   * Adds a client, which is told at once what the config is now.
   *
   * @param take - gives the response, on which nothing else is written from then on.
   * @throws Problem when there are too many, and when the hub ends.
   */
  add(take: () => ServerResponse): void {
    if (this.#isClosed) throw new Problem('unavailable', 'the hub ends', { retryAfterS: 1 });
    if (this.#clients.size >= CLIENTS_MAX) {
      throw new Problem('overloaded', `${CLIENTS_MAX} listen`, { retryAfterS: 30 });
    }
    const response = take();
    beginEventStream(response);
    response.on('close', () => this.#clients.delete(response));
    response.on('error', () => this.#clients.delete(response));
    this.#clients.add(response);
    response.write(this.#changedBytes(0));
  }

  /** The config may have changed. */
  changed(): void {
    if (this.#telling !== undefined) return;
    // Everybody has asked for the change before when the next one comes.
    const restMs = Math.max(SETTLE_MS, this.#spreadMs) - (performance.now() - this.#lastToldMs);
    this.#telling = setTimeout(() => this.#tell(), Math.max(0, restMs));
    this.#telling.unref();
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#heartbeat);
    clearTimeout(this.#telling);
    for (const response of this.#clients) response.end();
    this.#clients.clear();
  }

  /** How long the questions that follow a change are spread over. */
  get #spreadMs(): number {
    return Math.floor(this.#clients.size / QUESTIONS_PER_MS);
  }

  #tell(): void {
    this.#telling = undefined;
    const etag = this.#etag();
    if (etag === this.#told) return;
    this.#told = etag;
    this.#lastToldMs = performance.now();
    this.#writeAll(this.#changedBytes(this.#spreadMs));
  }

  #changedBytes(spreadMs: number): Buffer {
    const data = JSON.stringify({ etag: this.#etag(), spread_ms: spreadMs });
    return eventBytes(data, undefined, 'changed');
  }

  /** A client that does not read is let go: it asks again by itself. */
  #writeAll(bytes: Buffer): void {
    for (const response of this.#clients) {
      if (response.writableNeedDrain) response.destroy();
      else response.write(bytes);
    }
  }
}
