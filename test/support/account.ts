/** Of a process that has lost nothing. */
export const ACCOUNT = {
  recorded: 0,
  dropped: 0,
  lost: 0,
  lostErrors: 0,
  rejected: 0,
  spilled: 0,
  heldBack: 0,
  backlog: 0,
  writeLagMs: 0,
  sentWallNs: 0n,
};
