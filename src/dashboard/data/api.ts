import { int64Of, parseExactJson } from '../../wire/exact-json.js';
import type { ChainAnswer, EventPage } from './answers.js';
import { chunksOf } from './chunks.js';
import { type PageEvent, readStoredEvent, readStoredEvents } from './events.js';
import { session } from './session.js';

/** What the hub says is wrong. */
export class HubProblem extends Error {
  /** Stable; `unreachable` when there was no answer. */
  readonly code: string;
  readonly retryAfterS: number | undefined;

  constructor(code: string, detail: string, retryAfterS?: number) {
    super(detail);
    this.code = code;
    this.retryAfterS = retryAfterS;
  }
}

/** How something is asked. */
export interface Asking {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly body?: unknown;
  /** Whether somebody opens something, which has processes send what they keep back. Default: false. */
  readonly isOpening?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** The header of each request of the page: a cookie alone counts for nothing. */
export const pageHeaders = (isOpening = false): Record<string, string> => ({
  'x-aegis-page': isOpening ? 'open' : 'look',
});

async function fetchAnswer(path: string, asking: Asking): Promise<Response> {
  const { method = 'GET', body, isOpening = false, signal } = asking;
  const init: RequestInit = {
    method,
    headers: {
      ...pageHeaders(isOpening),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal !== undefined && { signal }),
  };
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new HubProblem('unreachable', 'The hub does not answer.');
  }
  if (response.ok) return response;
  throw await problemOf(response);
}

/** What an answer says is wrong; without a session the page asks for a key. */
export async function problemOf(response: Response): Promise<HubProblem> {
  const text = await response.text();
  let told: { code?: string; detail?: string; title?: string } = {};
  try {
    told = JSON.parse(text);
  } catch {
    // Of a proxy in between.
  }
  const { code = `http_${response.status}`, detail, title } = told;
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  if (code === 'unauthorized') session.value = null;
  const retryAfterS = Number.isFinite(retryAfter) ? retryAfter : undefined;
  return new HubProblem(
    code,
    detail ?? title ?? `The hub answered ${response.status}.`,
    retryAfterS,
  );
}

/** Asks the hub. @throws HubProblem (rejects); whatever aborts it. */
export async function ask<T>(path: string, asking: Asking = {}): Promise<T> {
  const response = await fetchAnswer(path, asking);
  return exact(parseExactJson(await response.text())) as T;
}

/** Members named `…_ns` as bigints. */
function exact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(exact);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      name.endsWith('_ns') ? int64Of(member) : exact(member),
    ]),
  );
}

/** The path of a question, with the parameters that say something. */
export function pathOf(
  path: string,
  params: Readonly<Record<string, string | number | undefined>>,
): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined && value !== '') search.set(name, String(value));
  }
  return search.size === 0 ? path : `${path}?${search}`;
}

/** @throws HubProblem (rejects). */
export async function askEvents(path: string, signal?: AbortSignal): Promise<EventPage> {
  const response = await fetchAnswer(path, { signal });
  const answer = parseExactJson(await response.text()) as Record<string, unknown>;
  return {
    events: readStoredEvents(answer.items),
    next: (answer.next as string | null) ?? undefined,
    count: Number(answer.count),
    isExact: answer.is_exact === true,
  };
}

/** What an answer with events has before them, and between two of them. */
const ITEMS = '"items":[';
const BETWEEN = ',\n';
/** Characters of events that are read together. */
const PART_MIN = 2 ** 18;

/**
 * The chain of a request, without its large values: read as it comes, because a long one takes its time.
 *
 * @throws HubProblem (rejects).
 */
export async function askChain(
  id: string,
  isOpening: boolean,
  signal?: AbortSignal,
): Promise<ChainAnswer> {
  const path = `/traces/${encodeURIComponent(id)}?fields=brief`;
  const response = await fetchAnswer(path, { isOpening, signal });
  const events: PageEvent[] = [];
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of chunksOf(response.body)) {
    text += decoder.decode(bytes, { stream: true });
    if (text.length < PART_MIN) continue;
    // No event has a line's end in it.
    const first = events.length === 0 ? text.indexOf(ITEMS) + ITEMS.length : 0;
    const end = text.lastIndexOf(BETWEEN);
    if (end < first) continue;
    events.push(...readStoredEvents(parseExactJson(`[${text.slice(first, end)}]`)));
    text = text.slice(end + BETWEEN.length);
  }
  const rest = events.length === 0 ? text : `{${ITEMS}${text}`;
  const { items, ...answer } = parseExactJson(rest) as Record<string, unknown>;
  return { ...answer, events: [...events, ...readStoredEvents(items)] } as unknown as ChainAnswer;
}

/** An event with all its values. @throws HubProblem (rejects). */
export async function askEvent(place: string, signal?: AbortSignal) {
  const response = await fetchAnswer(`/events/${place}`, { signal });
  return readStoredEvent(parseExactJson(await response.text()));
}
