import { parseExactJson } from '../../wire/exact-json.js';
import { serverEvents } from '../../wire/server-events.js';
import type { HubStatus } from './answers.js';
import { pageHeaders, problemOf } from './api.js';
import { chunksOf } from './chunks.js';
import { type PageEvent, readStoredEvent } from './events.js';
import { isHubThere, status } from './status.js';

/** Between two tries to reach the hub again. */
const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 10_000;
/** What comes in this time is shown together. */
const TOGETHER_MS = 100;

/** Told of events as they come. */
export interface LiveEvents {
  readonly onEvents: (events: readonly PageEvent[]) => void;
  readonly onGap: (missed: number) => void;
}

/**
 * Follows a stream of the hub until it is stopped; goes on where it was when the hub was away. A tab has one, and it says
 * how the hub is as well.
 *
 * @param told - of a stream that has events.
 * @returns how it is stopped.
 */
export function followStream(path: string, told?: LiveEvents): () => void {
  const stopped = new AbortController();
  void follow(path, told, stopped.signal);
  return () => stopped.abort();
}

async function follow(
  path: string,
  told: LiveEvents | undefined,
  signal: AbortSignal,
): Promise<void> {
  let lastId: string | undefined;
  let retryMs = RETRY_MIN_MS;
  let waiting: PageEvent[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const give = (): void => {
    timer = undefined;
    if (waiting.length > 0 && !signal.aborted) told?.onEvents(waiting);
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
      isHubThere.value = true;
      retryMs = RETRY_MIN_MS;
      for await (const { id, event, data } of serverEvents(chunksOf(response.body))) {
        lastId = id ?? lastId;
        if (event === 'status') status.value = JSON.parse(data) as HubStatus;
        else if (event === 'gap') {
          give();
          told?.onGap(missedOf(data));
        } else if (event === 'message') {
          waiting.push(readStoredEvent(parseExactJson(data)));
          timer ??= setTimeout(give, TOGETHER_MS);
        }
      }
    } catch {
      // The hub is away, or said why: it is asked again.
    }
    if (signal.aborted) break;
    isHubThere.value = false;
    await new Promise((resolve) => setTimeout(resolve, retryMs));
    retryMs = Math.min(2 * retryMs, RETRY_MAX_MS);
  }
  clearTimeout(timer);
}

function missedOf(data: string): number {
  const { missed } = JSON.parse(data) as { missed?: number };
  return missed ?? 1;
}
