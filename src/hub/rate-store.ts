import type { FastifyRateLimitStore } from '@fastify/rate-limit';

/** Keys that are remembered; the one that was counted longest ago makes room. */
const KEYS_MAX = 5_000;

interface Window {
  readonly startMs: number;
  count: number;
}

/**
 * Counts of @fastify/rate-limit on the steady clock. Its own store goes by the wall clock: when that is set back by an
 * hour, no window ends for an hour, and whoever has used up one is refused all that time.
 */
export class SteadyRateStore implements FastifyRateLimitStore {
  readonly #windows = new Map<string, Window>();

  incr(
    key: string,
    callback: (error: Error | null, result?: { current: number; ttl: number }) => void,
    timeWindow: number,
  ): void {
    const nowMs = performance.now();
    const known = this.#windows.get(key);
    const isOpen = known !== undefined && nowMs - known.startMs < timeWindow;
    const window = isOpen ? known : { startMs: nowMs, count: 0 };
    window.count++;
    // The order of the map is that of the last requests.
    this.#windows.delete(key);
    this.#windows.set(key, window);
    if (this.#windows.size > KEYS_MAX) {
      const [oldest] = this.#windows.keys();
      this.#windows.delete(oldest as string);
    }
    callback(null, { current: window.count, ttl: timeWindow - (nowMs - window.startMs) });
  }

  /** For a route with limits of its own. */
  child(): SteadyRateStore {
    return new SteadyRateStore();
  }
}
