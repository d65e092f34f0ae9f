import { warn } from '../warnings.js';

/**
 * What has become of the file of a ring: `none`, the ring is in memory; `kept`; `deleted`: it has no name any more,
 * and what is recorded goes with the process; `cut`: another program cut or emptied it, or the disk failed.
 * What it held is gone, counted in `dropped`, and recording goes on in memory.
 */
export type RingFileState = 'none' | 'kept' | 'deleted' | 'cut';

/** In the order of RingFileState in native/include/aegis/trace/collector.hpp. */
export const RING_FILE_STATES: readonly RingFileState[] = ['none', 'kept', 'deleted', 'cut'];

const CONSEQUENCES = {
  deleted: 'was deleted: what is recorded is in a file without a name, and goes with the process',
  cut: 'was cut or emptied by another program, or its disk failed: what it held is gone, and recording goes on in memory',
};

/** Says what has become of the file, of which an attached collector does not know the name. */
export function warnOfFile(path: string | undefined, state: RingFileState): void {
  if (state !== 'deleted' && state !== 'cut') return;
  const file = path === undefined ? 'the file of the ring' : `the ring file ${path}`;
  try {
    warn(
      'AEGIS_TRACE_FILE_LOST',
      `${file} ${CONSEQUENCES[state]}. A new collector makes a new file; keep other programs (log rotation) off it`,
    );
  } catch {
    // An emitWarning of the host's own. record() throws nothing all the same.
  }
}
