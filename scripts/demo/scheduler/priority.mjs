import { setPriority } from 'node:os';

/** Enough to be woken before ordinary work; what a desktop gives its sound server. */
const NICE = -11;

/**
 * Lets this thread go first, as the threads of a real-time scheduler do: on Linux a nice value belongs to a thread.
 * They sleep most of the time. Without the right to (it takes root) all stays as it is, and a busy machine shows as
 * lag.
 */
export function goFirst() {
  if (process.platform !== 'linux') return;
  try {
    setPriority(NICE);
  } catch {
    // Not allowed.
  }
}
