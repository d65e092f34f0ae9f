import { constants } from 'node:os';
import type { RecoveredMetadata } from '../export/export-metadata.js';

const SIGNAL_NAMES = new Map(
  Object.entries(constants.signals).map(([name, number]) => [`signal ${number}`, name]),
);

/** What the process did in the end, after "which". */
export function describeEnd({ end, closedWallNs }: RecoveredMetadata): string {
  if (end === undefined) {
    return closedWallNs === 0n
      ? 'did not close it: it was killed, crashed or is alive'
      : 'closed it';
  }
  if (end === 'closed') return 'closed it';
  const signal = SIGNAL_NAMES.get(end);
  if (signal !== undefined) return `ended itself by ${signal}`;
  return end.startsWith('exit ')
    ? `exited with code ${end.slice('exit '.length)}`
    : `ended by ${end}`;
}
