/** Operations whose decision is remembered; of an older one that goes on, it is made again alike. */
const REMEMBERED_OPERATIONS = 10_000;

const decisions = new Map<string, boolean>();
let isSampling = false;

/** To be called for each rate in use: while all are 1, nothing has to be remembered. */
export function useSampleRate(rate: number): void {
  if (rate < 1) isSampling = true;
}

/** FNV-1a, finished as MurmurHash3 finishes, for the high bits of short ids; as a share of 1. */
function shareOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/**
 * Whether the calls of an operation are recorded. The id decides, not a die: other threads and
 * processes in which the operation goes on decide alike.
 */
export function isSampled(operationId: string, rate: number): boolean {
  if (!isSampling) return true;
  const known = decisions.get(operationId);
  if (known !== undefined) return known;
  const sampled = shareOf(operationId) < rate;
  if (decisions.size >= REMEMBERED_OPERATIONS) {
    decisions.delete(decisions.keys().next().value as string);
  }
  decisions.set(operationId, sampled);
  return sampled;
}
