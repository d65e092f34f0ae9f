import { createHash } from 'node:crypto';
import { formatGateConfig, type GateMode, type HotRequest, withEtag } from './gate-config.js';
import { RateLimit } from './rate-limit.js';

/** HOT: everything is sent. WARM: a share. COLD: nothing but errors, and nothing is remembered. */
export type HeatState = 'HOT' | 'WARM' | 'COLD';

/** Why a request is hot: somebody asked for it, opened it, it had an error, or an alert is about it. */
export const HEAT_CAUSES = ['get', 'enable', 'error', 'alert'] as const;
export type HeatCause = (typeof HEAT_CAUSES)[number];

export interface HeatOptions {
  readonly mode: GateMode;
  readonly hotMs: number;
  readonly warmMs: number;
  /** 0 to 1. */
  readonly warmRate: number;
  readonly defaultRate: number;
  /** Requests that are HOT at once. */
  readonly hotMax: number;
  /** Requests that one key makes HOT in a minute. */
  readonly heatsPerMinute: number;
  /** Requests that errors make HOT in a second, of all processes. */
  readonly errorHeatsPerSecond: number;
}

export const HEAT_DEFAULTS: HeatOptions = {
  mode: 'adaptive',
  hotMs: 300_000,
  warmMs: 1_500_000,
  warmRate: 0.1,
  defaultRate: 0,
  hotMax: 1_000,
  heatsPerMinute: 60,
  errorHeatsPerSecond: 10,
};

/** What heating a request came to. */
export interface Heating {
  readonly previous: HeatState;
  readonly current: HeatState;
  /** When it was refused: the budget has room again after so many milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/** A request that is not COLD. */
export interface HeatedRequest {
  readonly id: string;
  readonly state: 'HOT' | 'WARM';
  readonly cause: HeatCause;
  /** See {@link HotRequest}. */
  readonly since: number;
  /** Until it leaves this state, milliseconds. */
  readonly remainingMs: number;
}

/** What somebody else has made of a request. */
export interface AdoptedRequest {
  readonly id: string;
  readonly state: 'HOT' | 'COLD';
  readonly cause: string;
  readonly since: number;
  /** Of being HOT, milliseconds; less than 0: it has been WARM for so long. */
  readonly remainingMs: number;
}

/** The body of `/tracing/config` and its etag. */
export interface ConfigText {
  readonly text: string;
  readonly etag: string;
}

interface Entry {
  state: 'HOT' | 'WARM';
  cause: HeatCause;
  since: number;
  /** On the steady clock. */
  untilMs: number;
}

const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;
/** WARM requests that are remembered, for each that may be HOT: as long as they stay WARM. */
const WARM_PER_HOT = 5;
const ETAG_LENGTH = 32;

/**
 * Which requests are sent to a hub: HOT, then WARM, then COLD. Time passes for it in {@link tick} alone, so that what it
 * answers and what it has told the processes are one.
 *
 * Knows neither timers nor processes.
 */
export class HeatMap {
  readonly options: HeatOptions;
  readonly #now: () => number;
  readonly #wallNow: () => number;
  /** In the order in which they end. */
  readonly #hot = new Map<string, Entry>();
  readonly #warm = new Map<string, Entry>();
  readonly #errorBudget: RateLimit;
  readonly #keyBudgets = new Map<string, RateLimit>();
  #lastSince = 0;
  #config: ConfigText | undefined;

  /**
   * @param now - milliseconds on a clock that never goes back.
   * @param wallNow - milliseconds since 1970.
   */
  constructor(options: HeatOptions, now: () => number, wallNow: () => number) {
    this.options = options;
    this.#now = now;
    this.#wallNow = wallNow;
    this.#errorBudget = new RateLimit(options.errorHeatsPerSecond, SECOND_MS);
  }

  get hotCount(): number {
    return this.#hot.size;
  }

  get warmCount(): number {
    return this.#warm.size;
  }

  stateOf(id: string): HeatState {
    return (this.#hot.get(id) ?? this.#warm.get(id))?.state ?? 'COLD';
  }

  /** Since when a request is hot, which names this time of being hot; undefined when it is not. */
  sinceOf(id: string): number | undefined {
    return this.#hot.get(id)?.since;
  }

  /**
   * Makes a request HOT, or keeps it HOT for longer, which costs no budget.
   *
   * @param by - whose budget it is of: a key, an alert rule; not looked at when the cause is an error.
   */
  heat(id: string, cause: HeatCause, by: string): Heating {
    const now = this.#now();
    const previous = this.stateOf(id);
    const known = this.#hot.get(id);
    if (known !== undefined) {
      this.#hot.delete(id);
      known.untilMs = now + this.options.hotMs;
      // Who is looked at does not make room for errors.
      if (cause !== 'error') known.cause = cause;
      this.#hot.set(id, known);
      return { previous, current: 'HOT' };
    }
    const budget = cause === 'error' ? this.#errorBudget : this.#budgetOf(by);
    const retryAfterMs = budget.take(now);
    if (retryAfterMs > 0) return { previous, current: previous, retryAfterMs };
    if (this.#hot.size >= this.options.hotMax) this.#makeRoom(now);
    this.#warm.delete(id);
    this.#lastSince = Math.max(this.#lastSince + 1, this.#wallNow());
    const untilMs = now + this.options.hotMs;
    this.#hot.set(id, { state: 'HOT', cause, since: this.#lastSince, untilMs });
    this.#config = undefined;
    return { previous, current: 'HOT' };
  }

  /** A request that is not COLD. */
  find(id: string): HeatedRequest | undefined {
    const entry = this.#hot.get(id) ?? this.#warm.get(id);
    return entry && heatedRequest(id, entry, this.#now());
  }

  /** Takes over what others have made of requests: it costs no budget, and they hold for as long as there. */
  adopt(requests: Iterable<AdoptedRequest>): void {
    const now = this.#now();
    for (const { id, state, cause, since, remainingMs } of requests) {
      const warmMs = remainingMs + this.options.warmMs;
      this.#hot.delete(id);
      this.#warm.delete(id);
      if (state === 'COLD' || warmMs <= 0) continue;
      const entry = { cause: cause as HeatCause, since };
      this.#lastSince = Math.max(this.#lastSince, since);
      if (remainingMs > 0)
        this.#hot.set(id, { ...entry, state: 'HOT', untilMs: now + remainingMs });
      else this.#warm.set(id, { ...entry, state: 'WARM', untilMs: now + warmMs });
    }
    const inOrder = [...this.#hot].sort(([, a], [, b]) => a.untilMs - b.untilMs);
    this.#hot.clear();
    for (const [id, entry] of inOrder) this.#hot.set(id, entry);
    while (this.#hot.size > this.options.hotMax) this.#makeRoom(now);
    this.#config = undefined;
  }

  /** Makes a request COLD. @returns what it was. */
  cool(id: string): HeatState {
    const previous = this.stateOf(id);
    if (this.#hot.delete(id) || this.#warm.delete(id)) this.#config = undefined;
    return previous;
  }

  /** Lets time pass. */
  tick(): void {
    const now = this.#now();
    for (const [id, entry] of this.#hot) {
      if (entry.untilMs > now) break;
      this.#cool(id, entry, entry.untilMs);
    }
    for (const [id, { untilMs }] of this.#warm) {
      if (untilMs > now) continue;
      this.#warm.delete(id);
      this.#config = undefined;
    }
    for (const [key, budget] of this.#keyBudgets) {
      if (budget.isIdle(now)) this.#keyBudgets.delete(key);
    }
  }

  /** The same text and etag until something changes, and again whenever the content is the same. */
  config(): ConfigText {
    this.#config ??= this.#makeConfig();
    return this.#config;
  }

  /** Those that are not COLD; the ones that end last come first. */
  list(): HeatedRequest[] {
    const now = this.#now();
    return [...this.#warm, ...this.#hot]
      .reverse()
      .map(([id, entry]) => heatedRequest(id, entry, now));
  }

  /** HOT becomes WARM, counted from a moment. */
  #cool(id: string, entry: Entry, fromMs: number): void {
    this.#hot.delete(id);
    this.#config = undefined;
    if (this.options.warmMs === 0) return;
    this.#warm.set(id, { ...entry, state: 'WARM', untilMs: fromMs + this.options.warmMs });
    if (this.#warm.size <= WARM_PER_HOT * this.options.hotMax) return;
    const [oldest] = this.#warm.keys();
    this.#warm.delete(oldest as string);
  }

  /** The oldest one that errors made HOT goes, else the oldest. */
  #makeRoom(now: number): void {
    let oldest: [string, Entry] | undefined;
    for (const pair of this.#hot) {
      oldest ??= pair;
      if (pair[1].cause !== 'error') continue;
      oldest = pair;
      break;
    }
    if (oldest !== undefined) this.#cool(...oldest, Math.min(now, oldest[1].untilMs));
  }

  #budgetOf(key: string): RateLimit {
    const budget =
      this.#keyBudgets.get(key) ?? new RateLimit(this.options.heatsPerMinute, MINUTE_MS);
    this.#keyBudgets.set(key, budget);
    return budget;
  }

  #makeConfig(): ConfigText {
    const { mode, defaultRate, warmRate } = this.options;
    // In an order that does not depend on who came when.
    const hot = [...this.#hot]
      .map(([id, { since }]): HotRequest => ({ id, since }))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    const warm = [...this.#warm.keys()].sort();
    const text = formatGateConfig({ mode, defaultRate, warmRate, hot, warm });
    const etag = createHash('sha256').update(text).digest('hex').slice(0, ETAG_LENGTH);
    return { text: withEtag(text, etag), etag };
  }
}

function heatedRequest(
  id: string,
  { state, cause, since, untilMs }: Entry,
  now: number,
): HeatedRequest {
  return { id, state, cause, since, remainingMs: Math.max(0, untilMs - now) };
}
