import { messageOf } from '../thrown.js';
import { parseQueryLine } from '../wire/query-line.js';
import {
  ALERT_ACTIONS,
  ALERT_SEVERITIES,
  type AlertRule,
  type AlertRules,
  NO_DATA,
  ON_ERROR,
  type RuleQuery,
  type WebhookTarget,
} from './alert-rule.js';
import { sqlProblem } from './check-sql.js';
import {
  checkKeys,
  durationOf,
  nameOf,
  numberOf,
  Places,
  type Table,
  tableOf,
} from './toml-tables.js';

const CHECK_INTERVAL_S = { min: 1, max: 3_600, fallback: 15 };
const RULES_MAX = 1_000;
const WINDOW_DEFAULT_MS = 5 * 60_000;
const REPEAT_DEFAULT_MS = 4 * 3_600_000;
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,99}$/;

const ALERTS_KEYS = ['check_interval_seconds', 'url', 'webhook', 'alertmanager', 'rule'];
const RULE_HEADER = /^\s*\[\[\s*alerts\s*\.\s*rule\s*\]\]/;
const RULE_KEYS = [
  'name',
  'query',
  'where',
  'window',
  'threshold',
  'for',
  'keep_firing_for',
  'no_data',
  'on_error',
  'action',
  'severity',
  'labels',
  'description',
  'repeat',
  'requests',
];

/**
 * Reads the rules of a TOML file, `[alerts]` and `[[alerts.rule]]`. Strict: what is misspelt or of another type would be a
 * rule that never fires.
 *
 * @param table - what the parser made of `text`; other tables than `alerts` are not looked at.
 * @param file - as it is called in messages.
 * @throws TraceError `ERR_TRACE_OPTION` with the file, the line, what was expected and what came.
 */
export function readRules(table: Table, text: string, file: string): AlertRules {
  const at = new Places(text, file, RULE_HEADER);
  const alerts = tableOf(table.alerts ?? {}, 'alerts', at, undefined);
  checkKeys(alerts, ALERTS_KEYS, 'alerts', at, undefined);
  const { webhook, alertmanager } = alerts;
  const targets = {
    webhook: webhook === undefined ? undefined : webhookOf(webhook, at),
    alertmanagerUrl: alertmanager === undefined ? undefined : alertmanagerOf(alertmanager, at),
  };
  const list = alerts.rule ?? [];
  if (!Array.isArray(list) || list.length > RULES_MAX) {
    const what = `[[alerts.rule]] must be at most ${RULES_MAX} tables`;
    throw at.problem(undefined, 'rule', what, Array.isArray(list) ? list.length : list);
  }
  const rules = (list as unknown[]).map((item, index) => readRule(item, index, at));
  const names = new Set<string>();
  for (const [index, { name }] of rules.entries()) {
    if (names.has(name)) {
      throw at.problem(index, 'name', 'name must be unlike that of any other rule', name);
    }
    names.add(name);
  }
  for (const [index, rule] of rules.entries()) checkActions(rule, targets, index, at);
  return {
    checkIntervalMs: intervalOf(alerts.check_interval_seconds, at),
    url: alerts.url === undefined ? undefined : httpUrl(alerts.url, 'url', at),
    ...targets,
    rules,
  };
}

function webhookOf(value: unknown, at: Places): WebhookTarget {
  const table = tableOf(value, 'webhook', at, undefined);
  checkKeys(table, ['url', 'secret_file'], '[alerts.webhook]', at, undefined);
  const { secret_file: secretFile } = table;
  if (secretFile !== undefined && (typeof secretFile !== 'string' || secretFile === '')) {
    throw at.problem(undefined, 'secret_file', 'secret_file must be a file name', secretFile);
  }
  return { url: httpUrl(table.url, 'webhook', at), secretFile };
}

function alertmanagerOf(value: unknown, at: Places): string {
  const table = tableOf(value, 'alertmanager', at, undefined);
  checkKeys(table, ['url'], '[alerts.alertmanager]', at, undefined);
  return httpUrl(table.url, 'alertmanager', at);
}

function httpUrl(value: unknown, key: string, at: Places): string {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return value as string;
  throw at.problem(undefined, key, 'url must begin with http:// or https://', value);
}

/** An action that has nowhere to go would be one that is never taken. */
function checkActions(
  { actions, requests }: AlertRule,
  targets: { webhook: unknown; alertmanagerUrl: unknown },
  index: number,
  at: Places,
): void {
  const missing = {
    log: false,
    event: false,
    heat: requests === undefined && 'requests',
    webhook: targets.webhook === undefined && 'url in [alerts.webhook]',
    alertmanager: targets.alertmanagerUrl === undefined && 'url in [alerts.alertmanager]',
  };
  const action = actions.find((name) => missing[name]);
  if (action === undefined) return;
  throw at.problem(index, 'action', `the action ${action} needs ${missing[action]}`, undefined);
}

function intervalOf(value: unknown, at: Places): number {
  const { min, max, fallback } = CHECK_INTERVAL_S;
  const seconds = numberOf(value ?? fallback);
  if (seconds !== undefined && seconds >= min && seconds <= max) return seconds * 1_000;
  const what = `check_interval_seconds must be a number from ${min} to ${max}`;
  throw at.problem(undefined, 'check_interval_seconds', what, value);
}

function readRule(item: unknown, index: number, at: Places): AlertRule {
  const rule = tableOf(item, 'a rule', at, index);
  checkKeys(rule, RULE_KEYS, 'a rule', at, index);
  const oneOf = <T extends string>(key: string, names: readonly T[], fallback: T): T =>
    nameOf(rule[key] ?? fallback, names, key, at, index);
  const duration = (key: string, fallbackMs: number, minMs = 0): number =>
    durationOf(rule[key], key, at, index, { fallbackMs, minMs });
  const { name, description = '' } = rule;
  if (typeof name !== 'string' || !NAME.test(name)) {
    const what = 'name must be letters, digits and _, of which the first is no digit';
    throw at.problem(index, 'name', what, name);
  }
  const threshold = numberOf(rule.threshold);
  if (threshold === undefined) {
    throw at.problem(index, 'threshold', 'threshold must be a number', rule.threshold);
  }
  if (typeof description !== 'string') {
    throw at.problem(index, 'description', 'description must be a text', description);
  }
  return {
    name,
    query: queryOf(rule, index, at, () => duration('window', WINDOW_DEFAULT_MS, 1_000)),
    threshold,
    forMs: duration('for', 0),
    keepFiringForMs: duration('keep_firing_for', 0),
    noData: oneOf('no_data', NO_DATA, 'inactive'),
    onError: oneOf('on_error', ON_ERROR, 'error'),
    actions: actionsOf(rule.action, index, at),
    severity: oneOf('severity', ALERT_SEVERITIES, 'warning'),
    labels: labelsOf(rule.labels, index, at),
    description,
    repeatMs: duration('repeat', REPEAT_DEFAULT_MS, 60_000),
    requests: rule.requests === undefined ? undefined : sqlOf(rule.requests, 'requests', index, at),
  };
}

function queryOf(rule: Table, index: number, at: Places, window: () => number): RuleQuery {
  const { query, where } = rule;
  if ((query === undefined) === (where === undefined)) {
    const what = 'a rule must have query, which is SQL, or where, which is a query line';
    throw at.problem(index, 'name', what, query === undefined ? 'neither' : 'both');
  }
  if (query !== undefined) {
    if (rule.window !== undefined) {
      const what = 'window goes with where: SQL says itself how far it looks back';
      throw at.problem(index, 'window', what, rule.window);
    }
    return { sql: sqlOf(query, 'query', index, at) };
  }
  if (typeof where !== 'string') {
    throw at.problem(index, 'where', 'where must be a query line', where);
  }
  try {
    parseQueryLine(where);
  } catch (error) {
    throw at.problem(index, 'where', `where must be a query line: ${messageOf(error)}`, where);
  }
  return { where, windowMs: window() };
}

function sqlOf(value: unknown, key: string, index: number, at: Places): string {
  const problem = typeof value === 'string' ? sqlProblem(value) : 'it is no text';
  if (problem === undefined) return value as string;
  throw at.problem(index, key, `${key} must be SQL that only reads: ${problem}`, value);
}

function actionsOf(value: unknown, index: number, at: Places): AlertRule['actions'] {
  const list = Array.isArray(value) ? (value as unknown[]) : [value ?? 'log'];
  const isKnown = list.every((item) => ALERT_ACTIONS.some((action) => action === item));
  if (isKnown && list.length > 0) return [...new Set(list as AlertRule['actions'])];
  const what = `action must be one or more of ${ALERT_ACTIONS.join(', ')}`;
  throw at.problem(index, 'action', what, value);
}

function labelsOf(value: unknown, index: number, at: Places): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  const labels = tableOf(value, 'labels', at, index);
  for (const [name, label] of Object.entries(labels)) {
    if (!NAME.test(name) || typeof label !== 'string') {
      throw at.problem(index, 'labels', 'labels must be names with texts', { [name]: label });
    }
  }
  return labels as Record<string, string>;
}
