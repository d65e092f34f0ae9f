import type { AlertClock } from './alert-clock.js';
import { type AlertNotice, noticesOf } from './alert-notice.js';
import type { AlertRule, RuleQuery } from './alert-rule.js';
import {
  type AlertState,
  advance,
  initialState,
  isActive,
  isDue,
  type Observation,
  silenced,
  told,
} from './alert-state.js';
import type { PhaseChange } from './simulate.js';

/** Changes of a rule's phase that are remembered. */
export const HISTORY_MAX = 100;

/** Somebody else looks at the rules now: nothing of what this one has seen holds. */
export class NotHolder extends Error {}

/** What is kept for good before anybody is told. */
export interface AlertChange {
  /** Of rules by their names; undefined for one that is not there any more. */
  readonly states: ReadonlyMap<string, AlertState | undefined>;
  /** With the name of its rule. */
  readonly changes: readonly (PhaseChange & { readonly rule: string })[];
  readonly notices: readonly AlertNotice[];
}

/** What was kept. */
export interface KeptAlerts {
  readonly states: ReadonlyMap<string, AlertState>;
  /** Of each rule, the latest last. */
  readonly history: ReadonlyMap<string, readonly PhaseChange[]>;
}

export interface EngineParts {
  readonly clock: AlertClock;
  readonly observe: (query: RuleQuery) => Promise<Observation>;
  /** A text says why they are not known. */
  readonly requests: (sql: string) => Promise<readonly string[] | string>;
  /** Rejects when nothing can be kept now. */
  readonly save: (change: AlertChange) => Promise<void>;
  /** Has somebody told. */
  readonly tell: (notice: AlertNotice) => void;
}

/** A rule and where it stands. */
export interface RuleStatus {
  readonly rule: AlertRule;
  readonly state: AlertState;
  /** That it was about when somebody was told last. */
  readonly requests: readonly string[];
  /** The latest last. */
  readonly history: readonly PhaseChange[];
}

/**
 * Looks at rules, one after the other, and has somebody told of what changes. What it tells is kept before: who is told
 * after the process was killed is told once more at most, and never not at all. When nothing can be kept it tells
 * nevertheless.
 *
 * Knows neither timers nor files.
 */
export class AlertEngine {
  readonly #parts: EngineParts;
  #rules: readonly AlertRule[];
  readonly #states = new Map<string, AlertState>();
  readonly #history = new Map<string, PhaseChange[]>();
  readonly #requests = new Map<string, readonly string[]>();
  /** Whose state is another than the one that is kept. */
  readonly #unsaved = new Set<string>();
  #isClosed = false;

  constructor(parts: EngineParts, rules: readonly AlertRule[], kept: KeptAlerts) {
    this.#parts = parts;
    this.#rules = rules;
    this.load(kept);
  }

  close(): void {
    this.#isClosed = true;
  }

  list(): RuleStatus[] {
    return this.#rules.map((rule) => ({
      rule,
      state: this.#stateOf(rule.name),
      requests: this.#requests.get(rule.name) ?? [],
      history: this.#history.get(rule.name) ?? [],
    }));
  }

  /** Goes on from what somebody else has kept. */
  load(kept: KeptAlerts): void {
    this.#unsaved.clear();
    this.#states.clear();
    for (const [name, state] of kept.states) this.#states.set(name, state);
    this.#history.clear();
    for (const [name, changes] of kept.history) this.#history.set(name, [...changes]);
  }

  /** Asks every rule once. */
  async look(): Promise<void> {
    for (const rule of this.#rules) {
      const observation = await this.#parts.observe(rule.query);
      if (this.#isClosed) return;
      // It may have been replaced meanwhile, by one that asks something else.
      if (this.#rules.includes(rule)) await this.#see(rule, observation);
    }
    await this.#save([], []);
  }

  /** Nobody is told of a rule for so long; 0 ends that. @returns whether there is such a rule. */
  async silence(name: string, ms: number): Promise<boolean> {
    if (!this.#rules.some((rule) => rule.name === name)) return false;
    const untilMs = ms === 0 ? undefined : this.#parts.clock.now() + ms;
    this.#set(name, silenced(this.#stateOf(name), untilMs));
    await this.#save([], []);
    return true;
  }

  /** Rules of the same names go on where they stand; of one that is gone and was firing, somebody is told that it is over. */
  async replaceRules(rules: readonly AlertRule[]): Promise<void> {
    const names = new Set(rules.map(({ name }) => name));
    const gone = this.#rules.filter(({ name }) => !names.has(name));
    const notices: AlertNotice[] = [];
    for (const rule of gone) {
      const state = this.#stateOf(rule.name);
      if (isActive(state.toldPhase)) {
        notices.push(...this.#noticesOf(rule, { ...state, phase: 'inactive' }, []));
      }
    }
    this.#rules = rules;
    for (const name of [...this.#states.keys()].filter((known) => !names.has(known))) {
      this.#states.delete(name);
      this.#history.delete(name);
      this.#requests.delete(name);
      this.#unsaved.add(name);
    }
    await this.#save([], notices);
  }

  async #see(rule: AlertRule, observation: Observation): Promise<void> {
    const { clock } = this.#parts;
    const wouldBe = (): AlertState =>
      advance(rule, this.#stateOf(rule.name), observation, clock.now());
    const requests = isDue(rule, wouldBe(), clock.now()) ? await this.#requestsOf(rule) : [];
    // Somebody may have silenced it meanwhile: from here to where it is set, nothing else runs.
    const nowMs = clock.now();
    const before = this.#stateOf(rule.name);
    const after = this.#dated(before, advance(rule, before, observation, nowMs));
    const isTold = isDue(rule, after, nowMs);
    const notices = isTold ? this.#noticesOf(rule, after, requests) : [];
    this.#set(rule.name, isTold ? told(after, nowMs) : after);
    if (isTold) this.#requests.set(rule.name, requests);
    const isChanged = before.phase !== after.phase;
    const changes = isChanged ? [this.#remember(rule.name, before, after)] : [];
    const isWorthSaving = isChanged || isTold || before.breachedSinceMs !== after.breachedSinceMs;
    if (isWorthSaving) await this.#save(changes, notices);
  }

  /** A rule about requests that cannot be asked for is told of nevertheless. */
  async #requestsOf({ requests }: AlertRule): Promise<readonly string[]> {
    if (requests === undefined) return [];
    const found = await this.#parts.requests(requests);
    return typeof found === 'string' ? [] : found;
  }

  #noticesOf(rule: AlertRule, state: AlertState, requests: readonly string[]): AlertNotice[] {
    const { clock } = this.#parts;
    return noticesOf(rule, state, requests, clock.wallMsOf(clock.now()));
  }

  /** With the wall time at which it began to fire or fail, when it just has. */
  #dated(before: AlertState, after: AlertState): AlertState {
    if (!isActive(after.phase) || isActive(before.phase)) return after;
    return { ...after, activeWallMs: this.#parts.clock.wallMsOf(after.sinceMs) };
  }

  #remember(rule: string, before: AlertState, after: AlertState) {
    const { value, error } = after;
    const atMs = this.#parts.clock.wallMsOf(after.sinceMs);
    const change = { atMs, from: before.phase, to: after.phase, value, error };
    const history = this.#history.get(rule) ?? [];
    history.push(change);
    if (history.length > HISTORY_MAX) history.shift();
    this.#history.set(rule, history);
    return { rule, ...change };
  }

  #stateOf(name: string): AlertState {
    return this.#states.get(name) ?? initialState(this.#parts.clock.now());
  }

  #set(name: string, state: AlertState): void {
    this.#states.set(name, state);
    this.#unsaved.add(name);
  }

  /** Keeps what is not kept yet, then tells. */
  async #save(changes: AlertChange['changes'], notices: readonly AlertNotice[]): Promise<void> {
    const names = [...this.#unsaved];
    if (names.length > 0) {
      this.#unsaved.clear();
      const states = new Map(names.map((name) => [name, this.#states.get(name)]));
      try {
        await this.#parts.save({ states, changes, notices });
      } catch (error) {
        // Another one looks at the rules, and tells.
        if (error instanceof NotHolder) return;
        // Whoever keeps it has said why; the next look tries again.
        for (const name of names) this.#unsaved.add(name);
      }
    }
    for (const notice of notices) this.#parts.tell(notice);
  }
}
