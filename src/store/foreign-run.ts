import { v5 as uuidv5 } from 'uuid';
import type { RunInfo } from '../event/recorded-event.js';

/** The run of a source in a database, the same one whenever it is asked for. Its times are Unix nanoseconds. */
export function foreignRun(database: string, source: string): RunInfo {
  const anchors = [{ steadyNs: 0n, wallNs: 0n }];
  return { run: uuidv5(source, database), pid: 0, anchors, service: source };
}

/** Whether a run is that of a source; those of collectors are no UUIDs of version 5. */
export const isForeignRun = (run: string): boolean => run[14] === '5';
