import { parseExactJson } from '../../wire/exact-json.js';
import { serverEvents } from '../../wire/server-events.js';
import { pageHeaders, problemOf } from './api.js';
import { type PageEvent, readStoredEvent } from './events.js';

/** Between two tries to reach the hub again. */
const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 10_000;
/** What comes in this time is shown together. */
const TOGETHER_MS = 100;

/** Told of a stream. */
export interface LiveEvents {
  readonly onEvents: (events: readonly PageEvent[]) => void;
  readonly onGap: (missed: number) => void;
  readonly onState: (isConnected: boolean) => void;
}

/** Follows a stream of the hub until it is stopped; goes on where it was when the hub was away. @returns how it is stopped. */
export function followStream(path: string, told: LiveEvents): () => void {
  const stopped = new AbortController();
  void follow(path, told, stopped.signal);
  return () => stopped.abort();
}

async function follow(path: string, told: LiveEvents, signal: AbortSignal): Promise<void> {
  let lastId: string | undefined;
  let retryMs = RETRY_MIN_MS;
  let waiting: PageEvent[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const give = (): void => {
    timer = undefined;
    if (waiting.length > 0 && !signal.aborted) told.onEvents(waiting);
    waiting = [];
  };
  while (!signal.aborted) {
    try {
      const headers = {
        ...pageHeaders(),
        ...(lastId !== undefined && { 'last-event-id': lastId }),
      };
      const response = await fetch(path, { headers, signal });
      if (!response.ok) throw await problemOf(response);
      told.onState(true);
      retryMs = RETRY_MIN_MS;
      for await (const { id, event, data } of serverEvents(chunksOf(response.body))) {
        lastId = id ?? lastId;
        if (event === 'gap') {
          give();
          told.onGap(missedOf(data));
        } else if (event === 'message') {
          waiting.push(readStoredEvent(parseExactJson(data)));
          timer ??= setTimeout(give, TOGETHER_MS);
        }
      }
    } catch {
      // The hub is away, or said why: it is asked again.
    }
    if (signal.aborted) break;
    told.onState(false);
    await new Promise((resolve) => setTimeout(resolve, retryMs));
    retryMs = Math.min(2 * retryMs, RETRY_MAX_MS);
  }
  clearTimeout(timer);
}

/** Not every browser iterates a stream by itself. */
async function* chunksOf(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader();
  try {
    while (reader !== undefined) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader?.releaseLock();
  }
}

function missedOf(data: string): number {
  const { missed } = JSON.parse(data) as { missed?: number };
  return missed ?? 1;
}
