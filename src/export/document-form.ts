import { EVENT_JSON_FIELDS } from '../event/json-event.js';
import { LINE_FIELDS } from '../wire/event-line.js';
import type { DocumentForm } from './document-scanner.js';

/** Names that only an event has: a request id is also what `chain --json` begins with. */
const EVENT_FIELDS = new Set<string>([...EVENT_JSON_FIELDS, ...LINE_FIELDS]);
EVENT_FIELDS.delete('request_id');

/** White space, a string, another value, or a single character of structure. */
const TOKEN = /[\s\ufeff]*("(?:[^"\\]|\\.)*"|[^\s"{}[\]:,]+|[{}[\]:,])/sy;

/**
 * How events are laid out in a text, by how it begins: what the recorder wrote, what `query --json`, jq or
 * Python made of it, or JSON lines. What is none of these is a `selection`, whose scanner says why.
 */
export function formOf(head: Buffer): Exclude<DocumentForm, 'export'> {
  // Names of ours are ASCII, and no byte of another character looks like that.
  const text = head.toString('latin1').replace(/^\xef\xbb\xbf/, '');
  TOKEN.lastIndex = 0;
  const next = (): string => TOKEN.exec(text)?.[1] ?? '';
  const opening = next();
  if (opening === '[') return 'array';
  if (opening !== '{') return 'selection';
  for (;;) {
    const name = next();
    if (EVENT_FIELDS.has(name.slice(1, -1))) return 'sequence';
    if (name !== '"request_id"') return 'selection';
    // The value tells nothing.
    if (next() !== ':' || next() === '' || next() !== ',') return 'selection';
  }
}
