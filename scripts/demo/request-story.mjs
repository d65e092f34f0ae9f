// One request as the run shows it: its decisions, its calls and its log lines in the order in which they happened.

import { stripVTControlCharacters } from 'node:util';
import { formatNanos } from '../../dist/cli/format.js';
import { firstSteadyNsOf } from '../../dist/event/clock.js';

const COLUMNS = 100;
const KIND_WIDTH = 'decision'.length;
const LEVELS = { 30: 'INFO', 40: 'WARN', 50: 'ERROR' };
/** What every line has, or what stands elsewhere. */
const LOG_FIELDS = new Set(['level', 'time', 'pid', 'hostname', 'name', 'operation_id', 'msg']);

/**
 * @typedef {object} Step
 * @property {'call' | 'decision' | 'log'} kind
 * @property {bigint} atNs on the steady clock; of a call, its start
 * @property {string} component
 * @property {number} depth in the tree of calls
 * @property {string} severity
 * @property {string} text
 */

/**
 * @param {readonly import('aegis-trace').TraceEvent[]} chain
 * @param {readonly import('./log-check.mjs').LogLine[]} lines
 * @param {Pick<import('aegis-trace').ExportMetadata, 'anchors'>} metadata lines are on the wall clock; this places them
 * @returns {Step[]}
 */
export function storyOf(chain, lines, metadata) {
  const calls = callTree(chain);
  /** @type {Step[]} */
  const others = [
    ...chain.filter(({ eventType }) => eventType !== 'function_call').map(decisionStep),
    ...lines.map((line) => logStep(line, metadata)),
  ];
  // Neither names a call. It was made in the innermost one of its component that was under way.
  for (const step of others) {
    const around = calls.filter(
      ({ component, atNs, endNs }) =>
        component === step.component && atNs <= step.atNs && step.atNs <= endNs,
    );
    step.depth = Math.max(-1, ...around.map(({ depth }) => depth)) + 1;
  }
  return [...calls, ...others].sort((a, b) => Number(a.atNs - b.atNs));
}

/** Calls by start, each as deep as its parents are many. */
function callTree(chain) {
  const depths = new Map();
  const calls = chain.filter(({ eventType }) => eventType === 'function_call');
  return calls.map(({ eventId, component, timestampNs, durationNs, severity, attributes }) => {
    const { process, parent_event_id: parentId, result } = attributes;
    // Sorted by start, so the parent comes first.
    const depth = (depths.get(parentId) ?? -1) + 1;
    depths.set(eventId, depth);
    const args = Object.entries(attributes)
      .filter(([key]) => key.startsWith('arg.'))
      .map(([, value]) => value);
    return {
      kind: 'call',
      atNs: timestampNs,
      endNs: timestampNs + durationNs,
      component,
      depth,
      severity,
      text: `${process}(${args.join(', ')}) took ${formatNanos(durationNs)} → ${rounded(result)}`,
    };
  });
}

/** Sixteen digits of a ratio say no more than four. */
const rounded = (text) => text.replace(/\d+\.\d{5,}/g, (digits) => Number(digits).toFixed(4));

const decisionStep = ({ timestampNs, component, severity, rationale }) => ({
  kind: 'decision',
  atNs: timestampNs,
  component,
  depth: 0,
  severity,
  text: rationale,
});

function logStep(line, metadata) {
  const fields = Object.entries(line).filter(([key]) => !LOG_FIELDS.has(key));
  // Whole milliseconds and the rest apart: as nanoseconds a number has not enough digits.
  const millis = Math.floor(line.time);
  const wallNs = BigInt(millis) * 1_000_000n + BigInt(Math.round((line.time - millis) * 1e6));
  const level = LEVELS[line.level] ?? line.level;
  return {
    kind: 'log',
    atNs: firstSteadyNsOf(metadata, wallNs),
    component: line.name,
    depth: 0,
    severity: line.level >= 40 ? 'Warning' : 'Info',
    text: [`${level} ${line.msg}`, ...fields.map(([key, value]) => `${key}=${value}`)].join(' '),
  };
}

/**
 * A table of at most 100 columns: milliseconds since the first step, kind, text.
 *
 * @param {Step[]} steps
 * @param {ReturnType<typeof import('picocolors').createColors>} colors
 */
export function storyLines(steps, colors) {
  const offsets = steps.map(({ atNs }) => (Number(atNs - steps[0].atNs) / 1e6).toFixed(3));
  const width = Math.max(...offsets.map((offset) => offset.length));
  const textAt = 2 + width + 2 + KIND_WIDTH + 2;
  const row = (offset, kind, text) =>
    `  ${offset.padStart(width)}  ${colors.dim(kind.padEnd(KIND_WIDTH))}  ${text}`;
  const lines = [`  ${'ms'.padStart(width)}`];
  for (const [index, { kind, depth, severity, text }] of steps.entries()) {
    const indent = '  '.repeat(depth);
    const paint = { Warning: colors.yellow, Error: colors.red }[severity] ?? painters(colors)[kind];
    const [start, ...rest] = wrap(stripVTControlCharacters(text), COLUMNS - textAt - 2 * depth);
    lines.push(row(offsets[index], kind, indent + paint(start)));
    for (const line of rest) lines.push(' '.repeat(textAt) + indent + paint(line));
  }
  return lines;
}

const painters = (colors) => ({ call: colors.cyan, decision: colors.bold, log: String });

/** Breaks at spaces, but for those before a unit; what follows the first line is indented. */
function wrap(text, width) {
  const lines = [];
  for (const word of text.split(/ (?![mµ]s\b)/)) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= width)
      lines.push(`${lines.pop()} ${word}`);
    else lines.push(line === undefined ? word : `  ${word}`);
  }
  return lines;
}
