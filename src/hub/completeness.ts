import type { BackfillAnswer } from '../event/gate-report.js';
import type { SourceReport } from './append-messages.js';
import type { Listener } from './listeners.js';
import type { FoundChain } from './query-messages.js';

export const MISSING_REASONS = [
  'lost',
  'rejected',
  'refused',
  'held_back',
  'overwritten',
  'unanswered',
  'gone',
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

/** What a hub knows of the processes that may have a part of a chain. */
export interface KnownProcesses {
  readonly sources: readonly AccountedSource[];
  /** Of earlier times, and not heard of since. */
  readonly unheard: readonly { readonly run: string; readonly service: string | undefined }[];
  /** Those with a gate. */
  readonly listeners: readonly Listener[];
  /** By run: what each of these has sent since the request became hot. */
  readonly answers: ReadonlyMap<string, BackfillAnswer>;
  /** Whether there were others, of which nothing is known any more. */
  readonly hasForgotten: boolean;
}

/**
 * Judges by what the processes that send have said of themselves: `yes` when none of them has lost, refused or
 * kept anything back, or has sent that since the request became hot, `no` when some of the chain is known not to be here, else `unknown`. What a process lost may
 * be of any request. What the retention has removed does not count as missing.
 */
export function judgeChain(
  { sources, unheard, listeners, answers, hasForgotten }: KnownProcesses,
  { runs, isCut }: Pick<FoundChain, 'runs' | 'isCut'>,
): ChainAccount {
  const missing: MissingPart[] = isCut ? [{ reason: 'cut' }] : [];
  if (hasForgotten) missing.push({ reason: 'unaccounted' });
  const known = new Set(sources.map(({ report }) => report.run));
  const earlier = new Map(unheard.map(({ run, service }) => [run, service]));
  for (const run of runs) if (!known.has(run)) earlier.set(run, earlier.get(run));
  for (const [run, service] of earlier) missing.push({ run, service, reason: 'unaccounted' });
  const gated = new Set(listeners.map(({ run }) => run));
  for (const source of sources) {
    const { run } = source.report;
    missing.push(...partsOf(source, { isGated: gated.has(run), hasAnswered: answers.has(run) }));
  }
  for (const listener of listeners) missing.push(...gatePartsOf(listener, answers));
  const isWhole = missing.length === 0 && runs.length > 0;
  return {
    complete: isCut ? 'no' : isWhole ? 'yes' : 'unknown',
    sources: new Set([...known, ...gated]).size,
    missing,
  };
}

function gatePartsOf(
  { run, service, isLive }: Listener,
  answers: KnownProcesses['answers'],
): MissingPart[] {
  const answer = answers.get(run);
  if (answer === undefined) return [{ run, service, reason: isLive ? 'unanswered' : 'gone' }];
  if (answer.missing === 0) return [];
  return [{ run, service, reason: 'overwritten', events: answer.missing }];
}

function partsOf(
  { report: { run, service, account }, rejected }: AccountedSource,
  { isGated, hasAnswered }: { isGated: boolean; hasAnswered: boolean },
): MissingPart[] {
  if (account === undefined) return [{ run, service, reason: 'unaccounted' }];
  const parts = {
    lost: account.lost + account.lostErrors,
    rejected: account.rejected,
    refused: rejected,
    // Who listens is judged by its answer.
    held_back: isGated ? 0 : account.heldBack,
    // An answer follows everything that was recorded before it.
    waiting: (hasAnswered ? 0 : account.backlog) + account.spilled,
  };
  return Object.entries(parts)
    .filter(([, events]) => events > 0)
    .map(([reason, events]) => ({ run, service, reason: reason as keyof typeof parts, events }));
}
