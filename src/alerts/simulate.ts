import type { AlertRule } from './alert-rule.js';
import { type AlertPhase, type AlertState, advance, initialState } from './alert-state.js';
import type { RuleRunner } from './rule-runner.js';

/** A change of a rule's phase. */
export interface PhaseChange {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly from: AlertPhase;
  readonly to: AlertPhase;
  readonly value: number | undefined;
  readonly error: string | undefined;
}

/** What one look at a rule would have come to. */
export interface SimulatedLook {
  readonly atMs: number;
  readonly state: AlertState;
  /** Undefined when the phase stays what it was. */
  readonly change: PhaseChange | undefined;
}

/** How a rule would have stood, had it been looked at from then to then, at both ends as well. */
export async function* simulate(
  rule: AlertRule,
  runner: RuleRunner,
  { fromMs, toMs, stepMs }: { fromMs: number; toMs: number; stepMs: number },
): AsyncGenerator<SimulatedLook, void, undefined> {
  let state = initialState(fromMs);
  for (let atMs = fromMs; ; atMs = Math.min(atMs + stepMs, toMs)) {
    const { phase: from } = state;
    state = advance(rule, state, await runner.observe(rule.query, atMs), atMs);
    const { phase: to, value, error } = state;
    yield { atMs, state, change: from === to ? undefined : { atMs, from, to, value, error } };
    if (atMs >= toMs) return;
  }
}
