import { warn } from '../warnings.js';
import { openCount } from './call-frame.js';

/** Thresholds about which a warning was emitted, and since when the calls have not been half of it. */
const warned = new Set<number>();

/** Warns that so many calls are under way; again only after they were fewer than half as many. */
export function warnOfBacklog(threshold: number): void {
  if (warned.has(threshold)) return;
  warned.add(threshold);
  warn(
    'AEGIS_TRACE_OPEN_CALLS',
    `${openCount()} monitored calls are under way, the threshold is ${threshold}. Either work arrives ` +
      'faster than it is done, or promises never settle: see openOperations().',
  );
  const timer = setInterval(() => {
    if (openCount() >= threshold / 2) return;
    warned.delete(threshold);
    clearInterval(timer);
  }, 1000);
  timer.unref();
}
