/** What a process has counted since its pipeline started, by which a hub knows what it has not been sent. */
export interface SourceAccount {
  /** Events taken by the ring. */
  readonly recorded: number;
  /** Overwritten in the ring, whether they were sent or not. */
  readonly dropped: number;
  /** Overwritten before the pipeline read them. */
  readonly lost: number;
  readonly lostErrors: number;
  /** Refused by record(). */
  readonly rejected: number;
  /** Errors in the spill file now. */
  readonly spilled: number;
  /** Kept back by the gate. */
  readonly heldBack: number;
  /** Waiting to be sent. */
  readonly backlog: number;
  /** From recording to acknowledgement of the last batch, milliseconds. */
  readonly writeLagMs: number;
  /** When the batch was sent by the process's wall clock: Unix nanoseconds. */
  readonly sentWallNs: bigint;
}
