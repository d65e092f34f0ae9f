/** Characters of the id of a request that can be opened. */
export const GATE_ID_MAX = 256;

/** What a process has done for a request that the hub has made hot: everything it still had of it is sent. */
export interface BackfillAnswer {
  readonly id: string;
  /** What the hub called this time of being hot. */
  readonly since: number;
  /** Events of the request that were found, those sent before among them. */
  readonly events: number;
  /** Events, of whatever requests, that were kept back and are no longer there: some may have been of this one. */
  readonly missing: number;
  /** When the oldest event that is still there was recorded: Unix nanoseconds; undefined when there is none. */
  readonly oldestWallNs: bigint | undefined;
}

/** What a process says about the gate, beside its events. */
export interface GateReport {
  /** Requests that had errors here, so that other processes send their parts. */
  readonly heats: readonly string[];
  readonly backfills: readonly BackfillAnswer[];
}
