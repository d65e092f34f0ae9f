import type { BackfillAnswer } from '../event/gate-report.js';

/** A process that asks which requests to send. */
export interface Listener {
  readonly run: string;
  readonly service: string | undefined;
  /** Whether it has asked lately. */
  readonly isLive: boolean;
}

/** Processes ask every 35 s at least: twice that, and a timeout. */
const LIVE_MS = 80_000;
/** Runs that are remembered; the one that was silent for longest makes room. */
const LISTENERS_MAX = 10_000;

interface Known {
  service: string | undefined;
  lastMs: number;
}

/** The processes that hear which requests are hot, and what each has sent of them since. */
export class Listeners {
  readonly #keptMs: number;
  readonly #now: () => number;
  readonly #runs = new Map<string, Known>();
  /** Of each hot request, for the time of being hot that `since` names. */
  readonly #answers = new Map<string, { since: number; runs: Map<string, BackfillAnswer> }>();
  #forgotten = 0;

  /**
   * @param keptMs - how long events are kept: whatever a process recorded that has been silent for longer is gone by age.
   * @param now - milliseconds on a clock that never goes back.
   */
  constructor(keptMs: number, now: () => number) {
    this.#keptMs = keptMs;
    this.#now = now;
  }

  /** Those that have asked lately. */
  get liveCount(): number {
    return this.list().filter(({ isLive }) => isLive).length;
  }

  /** Runs that there was no room to remember. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** A process has asked. */
  heard(run: string, service: string | undefined): void {
    // The order of the map is that of the last questions.
    this.#runs.delete(run);
    this.#runs.set(run, { service, lastMs: this.#now() });
    if (this.#runs.size <= LISTENERS_MAX) return;
    const [oldest] = this.#runs.keys();
    this.#runs.delete(oldest as string);
    this.#forgotten++;
  }

  list(): Listener[] {
    const now = this.#now();
    for (const [run, { lastMs }] of this.#runs) {
      if (now - lastMs < Math.max(LIVE_MS, this.#keptMs)) break;
      this.#runs.delete(run);
    }
    return [...this.#runs].map(([run, { service, lastMs }]) => ({
      run,
      service,
      isLive: now - lastMs < LIVE_MS,
    }));
  }

  /** A process has sent what it still had of a request. */
  answered(run: string, answer: BackfillAnswer): void {
    const known = this.#answers.get(answer.id);
    const answers =
      known?.since === answer.since
        ? known
        : { since: answer.since, runs: new Map<string, BackfillAnswer>() };
    answers.runs.set(run, answer);
    this.#answers.set(answer.id, answers);
  }

  /** What each process has answered since the request became hot. */
  answersTo(id: string, since: number | undefined): ReadonlyMap<string, BackfillAnswer> {
    const known = this.#answers.get(id);
    return known === undefined || known.since !== since ? new Map() : known.runs;
  }

  /** Forgets the answers to requests that are not hot any more. */
  forget(isHot: (id: string, since: number) => boolean): void {
    for (const [id, { since }] of this.#answers) {
      if (!isHot(id, since)) this.#answers.delete(id);
    }
  }
}
