import { expect, onTestFinished } from 'vitest';
import { type ServerEvent, serverEvents } from '../../src/wire/server-events.js';
import { eventually } from './eventually.js';
import { KEYS, type TestHub } from './hub.js';

/** A client of a stream, with all that came. */
export class Listener {
  readonly events: ServerEvent[] = [];
  readonly #abort = new AbortController();
  ended: Promise<void> = Promise.resolve();

  static async open(hub: TestHub, path: string, lastId?: string): Promise<Listener> {
    const listener = new Listener();
    const response = await fetch(new URL(path, hub.hub.url), {
      headers: {
        authorization: `Bearer ${KEYS.read}`,
        ...(lastId !== undefined && { 'last-event-id': lastId }),
      },
      signal: listener.#abort.signal,
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    listener.ended = listener.#read(response.body as unknown as AsyncIterable<Uint8Array>);
    onTestFinished(() => listener.close());
    return listener;
  }

  async #read(body: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      for await (const event of serverEvents(body)) this.events.push(event);
    } catch {
      // Closed by the test.
    }
  }

  sequences(): number[] {
    return this.events
      .filter(({ event }) => event === 'message')
      .map(({ data }) => (JSON.parse(data) as { sequence: number }).sequence);
  }

  async has(count: number): Promise<void> {
    await eventually(() => expect(this.sequences().length).toBeGreaterThanOrEqual(count));
  }

  close(): void {
    this.#abort.abort();
  }
}
