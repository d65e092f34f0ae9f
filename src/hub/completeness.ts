import type { SourceReport } from './append-messages.js';
import type { FoundChain } from './query-messages.js';

export const MISSING_REASONS = [
  'lost',
  'rejected',
  'refused',
  'held_back',
  'waiting',
  'cut',
  'unaccounted',
] as const;

/** Why a hub cannot say that it has a whole chain. */
export interface MissingPart {
  /** The run that it is missing of; undefined for the hub itself. */
  readonly run?: string | undefined;
  readonly service?: string | undefined;
  readonly reason: (typeof MISSING_REASONS)[number];
  /** Events, of whatever requests; undefined where it is not known how many. */
  readonly events?: number | undefined;
}

/** Whether a chain is whole, and by what that is known. */
export interface ChainAccount {
  readonly complete: 'yes' | 'no' | 'unknown';
  readonly sources: number;
  readonly missing: readonly MissingPart[];
}

/** What of a source is taken to judge it. */
export interface AccountedSource {
  readonly report: SourceReport;
  /** Of its events, refused by the hub. */
  readonly rejected: number;
}

/**
 * Judges by what the processes that send have said of themselves: `yes` when none of them has lost, refused or
 * kept anything back, `no` when some of the chain is known not to be here, else `unknown`. What a process lost may
 * be of any request. What the retention has removed does not count as missing.
 */
export function judgeChain(
  sources: readonly AccountedSource[],
  { runs, isCut }: Pick<FoundChain, 'runs' | 'isCut'>,
): ChainAccount {
  const missing: MissingPart[] = isCut ? [{ reason: 'cut' }] : [];
  const known = new Set(sources.map(({ report }) => report.run));
  // Of processes that sent before this hub was started.
  for (const run of runs) if (!known.has(run)) missing.push({ run, reason: 'unaccounted' });
  for (const { report, rejected } of sources) missing.push(...partsOf(report, rejected));
  const isWhole = missing.length === 0 && runs.length > 0;
  return {
    complete: isCut ? 'no' : isWhole ? 'yes' : 'unknown',
    sources: sources.length,
    missing,
  };
}

function partsOf({ run, service, account }: SourceReport, refused: number): MissingPart[] {
  if (account === undefined) return [{ run, service, reason: 'unaccounted' }];
  const parts = {
    lost: account.lost + account.lostErrors,
    rejected: account.rejected,
    refused,
    held_back: account.heldBack,
    waiting: account.backlog + account.spilled,
  };
  return Object.entries(parts)
    .filter(([, events]) => events > 0)
    .map(([reason, events]) => ({ run, service, reason: reason as keyof typeof parts, events }));
}
