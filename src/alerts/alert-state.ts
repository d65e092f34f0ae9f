import type { AlertRule } from './alert-rule.js';

/** What a query has said. */
export type Observation =
  | { readonly kind: 'value'; readonly value: number }
  | { readonly kind: 'no_data' }
  | { readonly kind: 'error'; readonly message: string };

export const ALERT_PHASES = ['inactive', 'pending', 'firing', 'error'] as const;
export type AlertPhase = (typeof ALERT_PHASES)[number];

/** Where a rule stands. Times are milliseconds on a clock that goes on over a restart, and never back. */
export interface AlertState {
  readonly phase: AlertPhase;
  /** Since when it is in this phase. */
  readonly sinceMs: number;
  /** When it last began to fire or to fail, by the wall clock of then: the same in all that is told of it. */
  readonly activeWallMs: number | undefined;
  /** Since when the number has been at the threshold without a break; undefined while it is not. */
  readonly breachedSinceMs: number | undefined;
  /** When it was there last. */
  readonly breachedLastMs: number | undefined;
  /** What was seen last. */
  readonly value: number | undefined;
  readonly error: string | undefined;
  /** Nobody is told before. */
  readonly silencedUntilMs: number | undefined;
  /** What somebody was told last, and when; the phase of before there was a rule is `inactive`. */
  readonly toldPhase: AlertPhase;
  readonly toldMs: number | undefined;
}

export function initialState(nowMs: number): AlertState {
  return {
    phase: 'inactive',
    sinceMs: nowMs,
    activeWallMs: undefined,
    breachedSinceMs: undefined,
    breachedLastMs: undefined,
    value: undefined,
    error: undefined,
    silencedUntilMs: undefined,
    toldPhase: 'inactive',
    toldMs: undefined,
  };
}

/** Where a rule stands after what was seen now. */
export function advance(
  rule: AlertRule,
  state: AlertState,
  observation: Observation,
  nowMs: number,
): AlertState {
  const seen = seenIn(rule, observation);
  const value = observation.kind === 'value' ? observation.value : undefined;
  const error = observation.kind === 'error' ? observation.message : undefined;
  // What is not known changes nothing, but that it is not known.
  if (seen === 'keep') return { ...state, value, error };
  if (seen === 'error') {
    const next = { ...state, breachedSinceMs: undefined, value, error };
    return entered(next, 'error', nowMs);
  }
  if (seen === 'breach') {
    const breachedSinceMs = state.breachedSinceMs ?? nowMs;
    const next = { ...state, breachedSinceMs, breachedLastMs: nowMs, value, error };
    const isDue = state.phase === 'firing' || nowMs - breachedSinceMs >= rule.forMs;
    return entered(next, isDue ? 'firing' : 'pending', nowMs);
  }
  const next = { ...state, breachedSinceMs: undefined, value, error };
  const { breachedLastMs = Number.NEGATIVE_INFINITY } = state;
  const isKept = state.phase === 'firing' && nowMs - breachedLastMs < rule.keepFiringForMs;
  return isKept ? next : entered(next, 'inactive', nowMs);
}

type Seen = 'breach' | 'clear' | 'keep' | 'error';

function seenIn({ threshold, noData, onError }: AlertRule, observation: Observation): Seen {
  if (observation.kind === 'value') return observation.value >= threshold ? 'breach' : 'clear';
  const wanted = observation.kind === 'no_data' ? noData : onError;
  if (wanted === 'firing') return 'breach';
  return wanted === 'inactive' ? 'clear' : wanted;
}

function entered(state: AlertState, phase: AlertPhase, nowMs: number): AlertState {
  return state.phase === phase ? state : { ...state, phase, sinceMs: nowMs };
}

/** Whether somebody is to know of a phase: a rule that cannot be asked may be hiding what it is about. */
export const isActive = (phase: AlertPhase): boolean => phase === 'firing' || phase === 'error';

/** Phases of which somebody is told; a pending rule is nobody's business yet. */
function toTell({ phase, toldPhase }: AlertState): AlertPhase {
  return phase === 'pending' ? toldPhase : phase;
}

/** Whether somebody is to be told now: of a change, or again of what goes on. */
export function isDue(rule: AlertRule, state: AlertState, nowMs: number): boolean {
  if (isSilenced(state, nowMs)) return false;
  const phase = toTell(state);
  if (phase !== state.toldPhase) return true;
  const { toldMs = Number.NEGATIVE_INFINITY } = state;
  return phase === 'firing' && nowMs - toldMs >= rule.repeatMs;
}

/** Somebody has been told. */
export const told = (state: AlertState, nowMs: number): AlertState => ({
  ...state,
  toldPhase: toTell(state),
  toldMs: nowMs,
});

export const silenced = (state: AlertState, untilMs: number | undefined): AlertState => ({
  ...state,
  silencedUntilMs: untilMs,
});

export function isSilenced({ silencedUntilMs }: AlertState, nowMs: number): boolean {
  return silencedUntilMs !== undefined && nowMs < silencedUntilMs;
}
