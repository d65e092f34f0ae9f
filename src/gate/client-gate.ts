import { GATE_ID_MAX } from '../event/gate-report.js';
import type { GateConfig } from './gate-config.js';
import { CLOSED, type GateRules, OPEN, passes } from './gate-rules.js';
import { RateLimit } from './rate-limit.js';
import { isSampled } from './sample-hash.js';

/** Why an event was sent. */
export type KeepReason = 'error' | 'hot' | 'warm' | 'default' | 'dry_run';

/** A request of which everything that is still there is to be sent. */
export interface Opening {
  readonly id: string;
  readonly reason: 'hot' | 'error';
  /** What the hub calls this time of being hot; undefined when it was opened here. */
  readonly since?: number | undefined;
}

/** How long an error keeps its request open here, milliseconds. */
const ERROR_OPEN_MS = 30_000;
/** Requests that errors open in a second. */
const ERROR_OPENINGS_PER_SECOND = 10;

/**
 * What a process knows of the gate: what the hub has said last, and the requests that errors of its own keep open.
 * Knows neither timers nor the network.
 */
export class ClientGate {
  readonly #isDryRun: boolean;
  readonly #now: () => number;
  readonly #errorBudget = new RateLimit(ERROR_OPENINGS_PER_SECOND, 1_000);
  /** Until when they are open, the oldest first. */
  readonly #openUntil = new Map<string, number>();
  #config: GateConfig | undefined;
  #hot = new Map<string, number>();
  #warm: ReadonlySet<string> = new Set();
  #rules: GateRules = CLOSED;
  /** Requests that errors would have opened, had there been room. */
  refusedOpenings = 0;

  /** @param now - milliseconds on a clock that never goes back. */
  constructor(isDryRun: boolean, now: () => number) {
    this.#isDryRun = isDryRun;
    this.#now = now;
  }

  /** What is sent. Another object whenever it changes. */
  get rules(): GateRules {
    return this.#isDry ? OPEN : this.#rules;
  }

  get #isDry(): boolean {
    return this.#isDryRun || this.#config?.mode === 'dry_run';
  }

  /**
   * Takes what the hub says; undefined: it cannot be reached, and nothing is sent but errors.
   *
   * @returns the requests that have become hot since it said something last.
   */
  apply(config: GateConfig | undefined): Opening[] {
    const before = this.#hot;
    this.#config = config;
    this.#hot = new Map(config?.hot.map(({ id, since }) => [id, since]));
    this.#warm = new Set(config?.warm.filter((id) => isSampled(id, config.warmRate)));
    this.#update();
    return [...this.#hot]
      .filter(([id, since]) => before.get(id) !== since)
      .map(([id, since]) => ({ id, since, reason: 'hot' }));
  }

  /** An error has come: opens its request for a while. Undefined when it is open, or too many are opened now. */
  openForError(id: string): Opening | undefined {
    if (id === '' || id.length > GATE_ID_MAX || this.#config?.mode === 'off') return undefined;
    const now = this.#now();
    const isOpen = this.#openUntil.delete(id) || this.#hot.has(id);
    if (!isOpen && this.#errorBudget.take(now) > 0) {
      this.refusedOpenings++;
      return undefined;
    }
    this.#openUntil.set(id, now + ERROR_OPEN_MS);
    if (isOpen) return undefined;
    this.#update();
    return { id, reason: 'error' };
  }

  /** Closes what errors have kept open for long enough. */
  tick(): void {
    const now = this.#now();
    let isChanged = false;
    for (const [id, untilMs] of this.#openUntil) {
      if (untilMs > now) break;
      this.#openUntil.delete(id);
      isChanged = true;
    }
    if (isChanged) this.#update();
  }

  /** Why an event of a request is sent. */
  reasonFor(id: string, isError: boolean): KeepReason {
    if (isError || this.#openUntil.has(id)) return 'error';
    if (this.#hot.has(id)) return 'hot';
    if (this.#warm.has(id)) return 'warm';
    return this.#isDry && !passes(this.#rules, id) ? 'dry_run' : 'default';
  }

  #update(): void {
    const mode = this.#config?.mode;
    const ids = new Set([...this.#hot.keys(), ...this.#warm, ...this.#openUntil.keys()]);
    this.#rules = { ids, rate: mode === 'off' ? 1 : (this.#config?.defaultRate ?? 0) };
  }
}
