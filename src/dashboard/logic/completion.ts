import { quoteValue } from '../../wire/query-line-scanner.js';
import { termsOf } from './query-terms.js';

// What a query line may go on with.

/** What a place in a line may become. */
export interface Completion {
  /** Shown, and put there. */
  readonly text: string;
  /** For people. */
  readonly hint: string;
}

/** Where completions go, and which there are. */
export interface Completions {
  readonly from: number;
  readonly to: number;
  readonly items: readonly Completion[];
}

const FIELDS: readonly Completion[] = [
  { text: 'process:', hint: 'name, begins* or a,b' },
  { text: 'component:', hint: 'name, begins* or a,b' },
  { text: 'type:', hint: 'of event' },
  { text: 'model:', hint: 'name' },
  { text: 'request:', hint: 'id' },
  { text: 'status:', hint: 'OK or ERR' },
  { text: 'severity>=', hint: 'info, warning, error, critical' },
  { text: 'dur>', hint: '5ms, 1.5s' },
  { text: 'dur<', hint: '5ms, 1.5s' },
];
const FIXED: Readonly<Record<string, readonly string[]>> = {
  'status:': ['ERR', 'OK'],
  'severity>=': ['warning', 'error', 'critical', 'info'],
  'dur>': ['1ms', '10ms', '100ms', '1s'],
  'dur<': ['1ms', '10ms', '100ms', '1s'],
};
const ITEMS_MAX = 12;

/** The values of a field that are known, such as those of the store. */
export type KnownValues = Readonly<Record<string, readonly string[]>>;

/** @param at - of the cursor in the line. */
export function completionsOf(line: string, at: number, known: KnownValues): Completions {
  const term = termsOf(line).find(({ text, at: start }) => start < at && at <= start + text.length);
  const start = term?.at ?? at;
  const typed = line.slice(start, at);
  const sign = typed.startsWith('-') ? '-' : '';
  const body = typed.slice(sign.length);
  const to = term === undefined ? at : term.at + term.text.length;
  const operator = /^[a-z]+(?::|>=|<=|>|<)/.exec(body)?.[0];
  if (operator === undefined) {
    const items = FIELDS.filter(({ text }) => text.startsWith(body)).map(({ text, hint }) => ({
      text: sign + text,
      hint,
    }));
    return { from: start, to, items };
  }
  const value = body.slice(operator.length).replace(/^"/, '').toLowerCase();
  const values = FIXED[operator] ?? known[operator.slice(0, -1)] ?? [];
  const items = values
    .filter((text) => text.toLowerCase().includes(value))
    .sort((a, b) => Number(!starts(a, value)) - Number(!starts(b, value)))
    .slice(0, ITEMS_MAX)
    .map((text) => ({ text: `${sign}${operator}${quoteValue(text)}`, hint: '' }));
  return { from: start, to, items };
}

const starts = (text: string, value: string): boolean => text.toLowerCase().startsWith(value);
