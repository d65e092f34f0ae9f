import type { Reply } from '../redis-link.js';

// How a hub and the processes of a project speak of it in Redis: its state as a text, and the version of that.

/** How long what a hub has said holds, milliseconds; it says it again more often. */
export const TOGGLE_TTL_MS = 300_000;

export const togglePrefix = (projectId: string): string => `tracing:${projectId}:`;
export const enabledKey = (projectId: string): string => `${togglePrefix(projectId)}enabled`;
export const versionKey = (projectId: string): string => `${togglePrefix(projectId)}version`;

/** Whether a project is traced, by the version of its state; a larger one is newer. */
export interface ToggleAnswer {
  readonly isEnabled: boolean;
  /** Undefined where somebody has written the state without one. */
  readonly version: number | undefined;
}

/**
 * Writes the state and its version, unless there is a newer one: KEYS enabled, version; ARGV state, version, milliseconds to live.
 * One script, so that of two hubs that write at the same moment the newer one is there afterwards, whole.
 */
export const WRITE_TOGGLE = `
local known = tonumber(redis.call('GET', KEYS[2]) or '')
if known and known > tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
return 1`;

/** Reads the answer to an MGET of both keys. `missing`: nothing is there; `nonsense`: something else. */
export function readToggle(reply: Reply): ToggleAnswer | 'missing' | 'nonsense' {
  const [state, version] = Array.isArray(reply) ? (reply as Reply[]) : [];
  if (state === null || state === undefined) return 'missing';
  if (state !== 'true' && state !== 'false') return 'nonsense';
  const isVersion = typeof version === 'string' && /^\d{1,15}$/.test(version);
  return { isEnabled: state === 'true', version: isVersion ? Number(version) : undefined };
}
