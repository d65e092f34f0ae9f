import type { StoredRun } from '../store/event-store.js';
import type { SourceReport } from './append-messages.js';
import type { AccountedSource } from './completeness.js';
import type { sourcesAnswer } from './schemas/answers.js';
import type { Typed } from './schemas/typed.js';

/** Runs that are remembered; the one that was silent for longest makes room. */
const SOURCES_MAX = 10_000;

/** What a hub knows of a run, since the hub started. */
interface Source {
  report: SourceReport;
  received: number;
  inserted: number;
  duplicates: number;
  deduped: number;
  rejected: number;
  lastSeenMs: number;
  /** The same on the steady clock. */
  heardMs: number;
  /** The hub's wall clock minus the process's, milliseconds, at the last batch; undefined when it says no time. */
  clockOffsetMs: number | undefined;
}

/** Counts of all sources since the hub started. */
export interface SourceTotals {
  received: number;
  inserted: number;
  duplicates: number;
  deduped: number;
  rejected: number;
}

/** What never reached a hub, by the accounts of those who recorded it. */
export interface SourceLosses {
  readonly events: number;
  readonly errors: number;
}

/** The processes that send, by their runs. */
export class Sources {
  readonly #sources = new Map<string, Source>();
  readonly totals: SourceTotals = {
    received: 0,
    inserted: 0,
    duplicates: 0,
    deduped: 0,
    rejected: 0,
  };

  /** Runs of the database that have not sent since this hub was started. */
  readonly #unheard = new Map<string, string | undefined>();
  #expectedMs = 0;
  readonly #keptMs: number;
  readonly #now: () => number;
  #forgotten = 0;
  #reports = 0;

  /**
   * @param keptMs - how long events are kept: whatever a process recorded that has been silent for longer is gone by age.
   * @param now - milliseconds on a clock that never goes back.
   */
  constructor(keptMs: number, now: () => number) {
    this.#keptMs = keptMs;
    this.#now = now;
  }

  get count(): number {
    return this.#sources.size;
  }

  /** Whether there were others, of which nothing is known any more. */
  get hasForgotten(): boolean {
    return this.#forgotten > 0;
  }

  /** Runs that have sent to an earlier hub with this database: what they lost is not known. */
  expect(runs: readonly StoredRun[]): void {
    this.#expectedMs = this.#now();
    for (const { run, service } of runs) {
      if (!this.#sources.has(run)) this.#unheard.set(run, service);
    }
  }

  add(report: SourceReport, nowMs: number): void {
    const { run, received, inserted, duplicates, deduped, rejected, account } = report;
    const source = this.#sources.get(run) ?? this.#make(report);
    this.#unheard.delete(run);
    // The order of the map is that of the last batches.
    this.#sources.delete(run);
    this.#sources.set(run, source);
    source.report = { ...report, account: account ?? source.report.account };
    this.#reports++;
    source.lastSeenMs = nowMs;
    source.heardMs = this.#now();
    if (account !== undefined) {
      source.clockOffsetMs = nowMs - Number(account.sentWallNs / 1_000_000n);
    }
    for (const counts of [source, this.totals]) {
      counts.received += received;
      counts.inserted += inserted;
      counts.duplicates += duplicates;
      counts.deduped += deduped;
      counts.rejected += rejected;
    }
  }

  /** What has been heard of all of them since the hub started. */
  get reports(): number {
    return this.#reports;
  }

  /** Events that the processes that are remembered say they have lost themselves. */
  get lost(): SourceLosses {
    const losses = { events: 0, errors: 0 };
    for (const { report } of this.#sources.values()) {
      losses.events += report.account?.lost ?? 0;
      losses.errors += report.account?.lostErrors ?? 0;
    }
    return losses;
  }

  /** How long what was recorded waits before it is sent, of the process where it waits longest; undefined when none has said. */
  get writeLagMs(): number | undefined {
    const lags = this.accounted().map(({ report }) => report.account?.writeLagMs ?? -1);
    const longest = Math.max(-1, ...lags);
    return longest < 0 ? undefined : longest;
  }

  /** What chains are judged by. */
  accounted(): AccountedSource[] {
    const oldest = this.#now() - this.#keptMs;
    return [...this.#sources.values()]
      .filter(({ heardMs }) => heardMs >= oldest)
      .map(({ report, rejected }) => ({ report, rejected }));
  }

  /** Of whom nothing is known but that they were there; none when their events are gone by age. */
  unheard(): { run: string; service: string | undefined }[] {
    if (this.#now() - this.#expectedMs >= this.#keptMs) return [];
    return [...this.#unheard].map(([run, service]) => ({ run, service }));
  }

  /** The newest first, as `/stats/sources` has them. */
  toJson(): Typed<typeof sourcesAnswer, bigint>['items'] {
    return [...this.#sources.values()].reverse().map((source) => {
      const { run, pid, host, service, project, version, account } = source.report;
      return {
        run,
        pid,
        host,
        service,
        project,
        version,
        received: source.received,
        inserted: source.inserted,
        duplicates: source.duplicates,
        deduped: source.deduped,
        rejected: source.rejected,
        // Of the process itself; undefined when it has not said.
        recorded: account?.recorded,
        lost: account?.lost,
        lost_errors: account?.lostErrors,
        rejected_at_source: account?.rejected,
        spilled: account?.spilled,
        held_back: account?.heldBack,
        backlog: account?.backlog,
        write_lag_ms: account?.writeLagMs,
        last_seen_ms: source.lastSeenMs,
        clock_offset_ms: source.clockOffsetMs,
      };
    });
  }

  #make(report: SourceReport): Source {
    if (this.#sources.size >= SOURCES_MAX) {
      const [oldest] = this.#sources.keys();
      this.#sources.delete(oldest as string);
      this.#forgotten++;
    }
    return {
      report,
      received: 0,
      inserted: 0,
      duplicates: 0,
      deduped: 0,
      rejected: 0,
      lastSeenMs: 0,
      heardMs: 0,
      clockOffsetMs: undefined,
    };
  }
}
