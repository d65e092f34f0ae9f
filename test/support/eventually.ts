import { vi } from 'vitest';

/** No test is about how long something takes: only what never comes may end the waiting, on a busy machine too. */
const NEVER_MS = 60_000;

/** Repeats `check`, 50 ms after 50 ms, until it does not throw; its answer. Throws its last error after a minute. */
export const eventually = <T>(check: () => T | Promise<T>, intervalMs = 50): Promise<T> =>
  vi.waitFor(check, { timeout: NEVER_MS, interval: intervalMs });
