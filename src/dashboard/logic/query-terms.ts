import { parseQueryLine } from '../../wire/query-line.js';
import { QueryLineError, quoteValue } from '../../wire/query-line-scanner.js';

// Changing a query line by its terms: a value that is clicked is included or excluded.

/** What is wrong with a line, and where. */
export interface LineProblem {
  readonly message: string;
  readonly at: number;
  readonly length: number;
}

/** Undefined when a hub would take it. */
export function problemOf(line: string): LineProblem | undefined {
  try {
    parseQueryLine(line);
    return undefined;
  } catch (error) {
    if (!(error instanceof QueryLineError)) throw error;
    const { at, length } = error;
    return {
      message: error.message.replace(/, at character \d+ of the query line$/, ''),
      at,
      length,
    };
  }
}

/** A term of a line, as it is written. */
interface WrittenTerm {
  readonly text: string;
  readonly at: number;
}

/** Cuts a line at the spaces that are in no quotes. */
export function termsOf(line: string): WrittenTerm[] {
  const terms = line.matchAll(/(?:[^\s"]|"(?:[^"\\]|\\.)*(?:"|$))+/g);
  return [...terms].map(({ 0: text, index }) => ({ text, at: index }));
}

/** The value of a field that a line includes; undefined when it says nothing of it. */
export function includedValue(line: string, field: string): string | undefined {
  const term = termsOf(line).find(({ text }) => text.startsWith(`${field}:`));
  return term?.text.slice(field.length + 1);
}

/** A line that includes a value of a field alone, instead of what it said of it. An empty one: it says nothing of it. */
export function including(line: string, field: string, value: string): string {
  const others = termsOf(line)
    .map(({ text }) => text)
    .filter((text) => !text.startsWith(`${field}:`) && text !== `-${field}:${quoteValue(value)}`);
  return (value === '' ? others : [...others, `${field}:${quoteValue(value)}`]).join(' ');
}

/** A line that excludes a value of a field. */
export function excluding(line: string, field: string, value: string): string {
  const wanted = `${field}:${quoteValue(value)}`;
  const others = termsOf(line)
    .map(({ text }) => text)
    .filter((text) => text !== wanted && text !== `-${wanted}`);
  return [...others, `-${wanted}`].join(' ');
}
