import type { AlertRule } from '../../src/alerts/alert-rule.js';

/** A rule that fires at 10. */
export function makeRule(more: Partial<AlertRule> = {}): AlertRule {
  return {
    name: 'rule',
    query: { sql: 'SELECT 1' },
    threshold: 10,
    forMs: 0,
    keepFiringForMs: 0,
    noData: 'inactive',
    onError: 'error',
    actions: ['log'],
    severity: 'warning',
    labels: {},
    description: '',
    repeatMs: 60_000,
    requests: undefined,
    ...more,
  };
}
