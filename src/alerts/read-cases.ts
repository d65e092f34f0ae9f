import { SEVERITIES, type Severity } from '../event/severity.js';
import { ALERT_PHASES, type AlertPhase } from './alert-state.js';
import {
  checkKeys,
  durationOf,
  nameOf,
  numberOf,
  Places,
  type Table,
  tableOf,
} from './toml-tables.js';

/** Events that a test of a rule has in its database. Times are milliseconds after the beginning. */
export interface CaseEvents {
  readonly atMs: number;
  readonly everyMs: number;
  readonly count: number;
  readonly type: string;
  readonly process: string;
  readonly request: string;
  readonly severity: Severity;
  readonly durationMs: number;
  readonly rationale: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Where a rule is to stand then. */
export interface CaseExpectation {
  readonly atMs: number;
  readonly state: AlertPhase;
  /** Undefined: any. */
  readonly value: number | undefined;
}

/** A test of a rule. */
export interface AlertCase {
  readonly name: string;
  readonly rule: string;
  readonly events: readonly CaseEvents[];
  /** In the order of their times; one at least. */
  readonly expectations: readonly CaseExpectation[];
}

/** The tests of a file. */
export interface AlertCases {
  /** The file of the rules, as it is written: it may be from the folder of the tests. */
  readonly rules: string;
  readonly cases: readonly AlertCase[];
}

const CASE_HEADER = /^\s*\[\[\s*case\s*\]\]/;
const CASE_KEYS = ['name', 'rule', 'events', 'expect'];
const EVENT_KEYS = [
  'at',
  'every',
  'count',
  'type',
  'process',
  'request',
  'severity',
  'duration',
  'rationale',
  'attributes',
];
const EXPECT_KEYS = ['at', 'state', 'value'];
const EVENTS_MAX = 100_000;

/**
 * Reads tests of rules: `rules` and `[[case]]`.
 *
 * @throws TraceError `ERR_TRACE_OPTION` with the file, the line, what was expected and what came.
 */
export function readCases(table: Table, text: string, file: string): AlertCases {
  const at = new Places(text, file, CASE_HEADER);
  checkKeys(table, ['rules', 'case'], 'a file of tests', at, undefined);
  const { rules, case: list = [] } = table;
  if (typeof rules !== 'string' || rules === '') {
    throw at.problem(undefined, 'rules', 'rules must be the file of the rules', rules);
  }
  if (!Array.isArray(list) || list.length === 0) {
    throw at.problem(undefined, 'case', '[[case]] must be there once at least', list);
  }
  return { rules, cases: list.map((item, index) => readCase(item, index, at)) };
}

function readCase(item: unknown, index: number, at: Places): AlertCase {
  const table = tableOf(item, 'a case', at, index);
  checkKeys(table, CASE_KEYS, 'a case', at, index);
  const rule = textOf(table.rule, 'rule', index, at);
  const tables = (key: 'events' | 'expect', min: number): Table[] => {
    const value = table[key] ?? [];
    if (Array.isArray(value) && value.length >= min) {
      return value.map((entry: unknown) => tableOf(entry, key, at, index));
    }
    throw at.problem(index, key, `[[case.${key}]] must be there ${min} times at least`, value);
  };
  const expectations = tables('expect', 1).map((entry) => readExpectation(entry, index, at));
  const events = tables('events', 0).map((entry) => readEvents(entry, index, at));
  return {
    name: textOf(table.name, 'name', index, at, rule),
    rule,
    events,
    expectations: expectations.sort((a, b) => a.atMs - b.atMs),
  };
}

function readEvents(table: Table, index: number, at: Places): CaseEvents {
  checkKeys(table, EVENT_KEYS, 'events', at, index);
  const count = numberOf(table.count ?? 1) ?? Number.NaN;
  if (!(Number.isInteger(count) && count >= 1 && count <= EVENTS_MAX)) {
    const what = `count must be an integer from 1 to ${EVENTS_MAX}`;
    throw at.problem(index, 'count', what, table.count);
  }
  const { attributes = {} } = table;
  const severity = nameOf(table.severity ?? 'Info', SEVERITIES, 'severity', at, index);
  const given = tableOf(attributes, 'attributes', at, index);
  for (const [name, value] of Object.entries(given)) textOf(value, name, index, at);
  return {
    atMs: durationOf(table.at, 'at', at, index, { fallbackMs: 0 }),
    everyMs: durationOf(table.every, 'every', at, index, { fallbackMs: 1_000 }),
    count,
    type: textOf(table.type, 'type', index, at, 'call'),
    process: textOf(table.process, 'process', index, at, 'service'),
    request: textOf(table.request, 'request', index, at, ''),
    severity,
    durationMs: durationOf(table.duration, 'duration', at, index, { fallbackMs: 0 }),
    rationale: textOf(table.rationale, 'rationale', index, at, ''),
    attributes: given as Record<string, string>,
  };
}

function readExpectation(table: Table, index: number, at: Places): CaseExpectation {
  checkKeys(table, EXPECT_KEYS, 'expect', at, index);
  const { state, value } = table;
  const phase = nameOf(state, ALERT_PHASES, 'state', at, index);
  const number = numberOf(value);
  if (value !== undefined && number === undefined) {
    throw at.problem(index, 'value', 'value must be a number', value);
  }
  const atMs = durationOf(table.at, 'at', at, index, { fallbackMs: 0 });
  return { atMs, state: phase, value: number };
}

function textOf(value: unknown, key: string, index: number, at: Places, fallback?: string): string {
  const text = value ?? fallback;
  if (typeof text === 'string') return text;
  throw at.problem(index, key, `${key} must be a text`, value);
}
