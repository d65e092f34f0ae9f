import { openCount } from './call-frame.js';
import { failureCount } from './record-call.js';

/** Counters of the monitored functions of this thread. */
export interface MonitorStats {
  /** Calls under way that are listed, see openOperations(). */
  open: number;
  /** How often recording a call, or one of its values, failed; its caller did not notice. */
  failures: number;
}

/** The counters of this instant. */
export function monitorStats(): MonitorStats {
  return { open: openCount(), failures: failureCount() };
}
