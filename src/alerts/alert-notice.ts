import { randomUUID } from 'node:crypto';
import type { AlertAction, AlertRule, AlertSeverity } from './alert-rule.js';
import type { AlertPhase, AlertState } from './alert-state.js';

/** What somebody is told of a rule, by one of its actions. Times are milliseconds since 1970. */
export interface AlertNotice {
  /** UUID. */
  readonly id: string;
  readonly rule: string;
  readonly action: AlertAction;
  readonly phase: AlertPhase;
  readonly value: number | undefined;
  readonly threshold: number;
  /** Why the rule cannot be asked. */
  readonly error: string | undefined;
  readonly severity: AlertSeverity;
  readonly labels: Readonly<Record<string, string>>;
  /** With its values. */
  readonly description: string;
  /** That it is about. */
  readonly requests: readonly string[];
  /** When it began to fire or fail. */
  readonly startsMs: number;
  readonly atMs: number;
}

/** A notice for each action of a rule. */
export function noticesOf(
  rule: AlertRule,
  state: AlertState,
  requests: readonly string[],
  atMs: number,
): AlertNotice[] {
  return rule.actions.map((action) => ({
    id: randomUUID(),
    rule: rule.name,
    action,
    phase: state.phase,
    value: state.value,
    threshold: rule.threshold,
    error: state.error,
    severity: rule.severity,
    labels: rule.labels,
    description: describe(rule, state.value),
    requests,
    startsMs: state.activeWallMs ?? atMs,
    atMs,
  }));
}

/** The description of a rule with its values. */
export function describe({ description, threshold }: AlertRule, value: number | undefined): string {
  const shown = value === undefined ? 'no number' : shortNumber(value);
  return description
    .replaceAll('{value}', () => shown)
    .replaceAll('{threshold}', () => shortNumber(threshold));
}

/** Four digits after the point at most. */
const shortNumber = (value: number): string => String(Number(value.toFixed(4)));

/** One line for people, such as `high_error_rate is firing: 12 (threshold 10)`. */
export function noticeText(notice: AlertNotice): string {
  const { rule, phase, value, threshold, error, description, requests } = notice;
  const seen = value === undefined ? 'no number' : shortNumber(value);
  const said = description === '' ? '' : `; ${description}`;
  if (phase === 'error') return `${rule} cannot be asked: ${error}${said}`;
  const about = requests.length === 0 ? '' : `; requests ${requests.slice(0, 3).join(', ')}`;
  const is = phase === 'inactive' ? 'is over' : 'is firing';
  return `${rule} ${is}: ${seen} (threshold ${shortNumber(threshold)})${said}${about}`;
}
