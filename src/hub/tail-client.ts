import type { ServerResponse } from 'node:http';

/** Bytes that wait for a client; then the oldest are dropped, and counted as a gap. */
const QUEUE_BYTES_MAX = 2 * 2 ** 20;
const EVENTS_PER_S_MAX = 1_000;
const STALLED_MS = 30_000;
const HEARTBEAT_MS = 15_000;

/**
 * One server-sent event. Data of ours is one line; nothing in it can end a field.
 *
 * @param data - without a line's end.
 */
export function eventBytes(data: string, id?: string, event?: string): Buffer {
  const head = `${id === undefined ? '' : `id: ${id}\n`}${event === undefined ? '' : `event: ${event}\n`}`;
  return Buffer.from(`${head}data: ${data}\n\n`);
}

/** Begins an answer that is a stream of these, and says after how long a client comes back: 2 s. */
export function beginEventStream(response: ServerResponse): void {
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  response.write('retry: 2000\n\n');
}

/** The stream to one client: bounded, and honest about what it left out. */
export class TailClient {
  readonly #response: ServerResponse;
  readonly #now: () => number;
  readonly #queue: Buffer[] = [];
  #queueBytes = 0;
  #missed = 0;
  #isBlocked = false;
  #blockedSince = 0;
  #lastWrite: number;
  #second = 0;
  #inSecond = 0;

  constructor(response: ServerResponse, now: () => number) {
    this.#response = response;
    this.#now = now;
    this.#lastWrite = now();
    beginEventStream(response);
    response.on('drain', () => {
      this.#isBlocked = false;
      this.#flush();
    });
  }

  /** What waits for the client. */
  get queuedBytes(): number {
    return this.#queueBytes + this.#response.writableLength;
  }

  /** An event for this client, which is sent unless there were too many in this second. */
  send(bytes: Buffer): void {
    const second = Math.floor(this.#now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#inSecond = 0;
    }
    if (++this.#inSecond > EVENTS_PER_S_MAX) {
      this.#missed++;
      return;
    }
    this.#say(bytes);
  }

  /** Says that so many events are missing before what comes next. */
  miss(events: number): void {
    this.#missed += events;
  }

  /** Keeps the connection, says gaps of which nothing follows; false when the client has stalled for too long. */
  tick(): boolean {
    const now = this.#now();
    if (this.#isBlocked) return now - this.#blockedSince < STALLED_MS;
    if (this.#missed > 0) this.#sayGap();
    if (now - this.#lastWrite >= HEARTBEAT_MS) this.#write(Buffer.from(':\n\n'));
    return true;
  }

  end(reason: string): void {
    if (this.#response.writableEnded) return;
    if (!this.#isBlocked)
      this.#response.write(eventBytes(JSON.stringify({ reason }), undefined, 'end'));
    this.#response.end();
    // Who does not read does not keep the hub from ending.
    if (this.#isBlocked) this.#response.destroy();
  }

  #say(bytes: Buffer): void {
    this.#queue.push(bytes);
    this.#queueBytes += bytes.length;
    while (this.#queueBytes > QUEUE_BYTES_MAX && this.#queue.length > 1) {
      this.#queueBytes -= (this.#queue.shift() as Buffer).length;
      this.#missed++;
    }
    this.#flush();
  }

  #flush(): void {
    while (!this.#isBlocked && this.#queue.length > 0) {
      if (this.#missed > 0) this.#sayGap();
      const bytes = this.#queue.shift() as Buffer;
      this.#queueBytes -= bytes.length;
      this.#write(bytes);
    }
  }

  #sayGap(): void {
    const missed = this.#missed;
    this.#missed = 0;
    this.#write(eventBytes(JSON.stringify({ missed }), undefined, 'gap'));
  }

  #write(bytes: Buffer): void {
    this.#lastWrite = this.#now();
    if (this.#response.write(bytes)) return;
    this.#isBlocked = true;
    this.#blockedSince = this.#lastWrite;
  }
}
