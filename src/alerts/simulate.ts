import type { AlertRule } from './alert-rule.js';
import { type AlertPhase, advance, initialState } from './alert-state.js';
import type { QueryRunner } from './query-runner.js';

/** A change of a rule's phase. */
export interface PhaseChange {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly from: AlertPhase;
  readonly to: AlertPhase;
  readonly value: number | undefined;
  readonly error: string | undefined;
}

/** When a rule would have changed its phase, had it been looked at from then to then. */
export async function* simulate(
  rule: AlertRule,
  runner: QueryRunner,
  { fromMs, toMs, stepMs }: { fromMs: number; toMs: number; stepMs: number },
): AsyncGenerator<PhaseChange, void, undefined> {
  let state = initialState(fromMs);
  for (let atMs = fromMs; atMs <= toMs; atMs += stepMs) {
    const { phase: from } = state;
    state = advance(rule, state, await runner.observe(rule.query, atMs), atMs);
    const { phase: to, value, error } = state;
    if (from !== to) yield { atMs, from, to, value, error };
  }
}
