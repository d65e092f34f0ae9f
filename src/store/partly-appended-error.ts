import { TraceError } from '../errors.js';
import type { AppendResult } from '../event/event-sink.js';
import { messageOf } from '../thrown.js';

/** Some batches of an append are stored, and some are not: those of a shard that takes nothing now. */
export class PartlyAppendedError extends TraceError {
  /** Of each batch; undefined for one that is not stored. */
  readonly results: readonly (AppendResult | undefined)[];

  constructor(cause: unknown, results: readonly (AppendResult | undefined)[]) {
    super('ERR_TRACE_STORE', messageOf(cause), { cause });
    this.results = results;
  }
}
