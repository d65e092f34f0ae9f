// One request as the run shows it: its decisions, its calls and its log lines in the order in which they happened.

import { stripVTControlCharacters } from 'node:util';
import { duration } from '../scheduler/phrases.mjs';

const COLUMNS = 100;
const KIND_WIDTH = 'decision'.length;
const LEVELS = { 30: 'INFO', 40: 'WARN', 50: 'ERROR' };
/** What every line has, or what stands elsewhere. */
const LOG_FIELDS = new Set(['level', 'time', 'pid', 'hostname', 'name', 'operation_id', 'msg']);

/** Sixteen digits of a ratio say no more than four. */
const rounded = (text) => text.replace(/\d+\.\d{5,}/g, (digits) => Number(digits).toFixed(4));

/** @param {import('aegis-trace/analysis').StoryStep & { text?: string }} step its text where it is no step of the story */
function textOf({ kind, event, line, text }) {
  if (text !== undefined) return text;
  if (kind === 'decision') return event.rationale;
  if (kind === 'log') {
    const fields = Object.entries(line).filter(([key]) => !LOG_FIELDS.has(key));
    const start = `${LEVELS[line.level] ?? line.level} ${line.msg}`;
    return [start, ...fields.map(([key, value]) => `${key}=${value}`)].join(' ');
  }
  const { process, result } = event.attributes;
  const args = Object.entries(event.attributes)
    .filter(([key]) => key.startsWith('arg.'))
    .map(([, value]) => value);
  return `${process}(${args.join(', ')}) took ${duration(event.durationNs)} → ${rounded(result)}`;
}

/**
 * A table of at most 100 columns: milliseconds since the first step, kind, text.
 *
 * @param {import('aegis-trace/analysis').StoryStep[]} steps
 * @param {ReturnType<typeof import('picocolors').createColors>} colors
 */
export function storyLines(steps, colors) {
  const offsets = steps.map(({ atNs }) => (Number(atNs - steps[0].atNs) / 1e6).toFixed(3));
  const width = Math.max(...offsets.map((offset) => offset.length));
  const textAt = 2 + width + 2 + KIND_WIDTH + 2;
  const row = (offset, kind, text) =>
    `  ${offset.padStart(width)}  ${colors.dim(kind.padEnd(KIND_WIDTH))}  ${text}`;
  const lines = [`  ${'ms'.padStart(width)}`];
  for (const [index, step] of steps.entries()) {
    const { kind, depth, severity } = step;
    const indent = '  '.repeat(depth);
    const paint = { Warning: colors.yellow, Error: colors.red }[severity] ?? painters(colors)[kind];
    const [start, ...rest] = wrap(
      stripVTControlCharacters(textOf(step)),
      COLUMNS - textAt - 2 * depth,
    );
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
