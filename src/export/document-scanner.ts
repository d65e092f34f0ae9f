import { isAscii, isUtf8 } from 'node:buffer';
import { show, TraceError } from '../errors.js';

/** One element of a document: the metadata object, the clock of a selection, or one event. */
export interface DocumentElement {
  kind: 'metadata' | 'clock' | 'event';
  /** Its JSON text: balanced brackets, valid UTF-8, not yet parsed. */
  text: string;
  /** Where it starts in the file, in bytes. */
  offset: number;
}

/** No event is larger: a ring record has at most 16 KiB, six times that when all is escaped. */
export const ELEMENT_BYTES_MAX = 1024 * 1024;
/** Padding and indentation between two elements; a file of nothing but spaces is not an export. */
const GAP_BYTES_MAX = 1024 * 1024;
/** An event has two levels; metadata may get more. What is deeper is an attack on some parser. */
const DEPTH_MAX = 64;
const KEY_BYTES_MAX = 16;
/** A number or a request id, which is not looked at. */
const SCALAR_BYTES_MAX = 64 * 1024;
/** Of a safe integer. */
const OF_DIGITS_MAX = 15;

/**
 * How events are laid out: `export`, as the recorder writes them, with metadata; `selection`, the same
 * with what `query --json` and `chain --json` say besides, or without metadata; `array`, nothing but the
 * array; `sequence`, one object after the other, as in JSON lines.
 */
export type DocumentForm = 'export' | 'selection' | 'array' | 'sequence';

/** The members that a document may have, each once. */
const MEMBERS: Readonly<Record<'export' | 'selection', readonly string[]>> = {
  export: ['metadata', 'events'],
  selection: ['metadata', 'events', 'clock', 'request_id', 'count', 'of'],
};
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** What comes next outside elements, as the words of the error when something else does. */
const EXPECTED = {
  document: "'{' opening the document",
  array: "'[' opening the events",
  sequence: "'{' opening an event",
  byteOrderMark: 'the rest of a byte-order mark',
  key: '"metadata" or "events"',
  keyText: '"metadata" or "events"',
  colon: "':'",
  metadata: "'{' opening the metadata",
  clock: "'{' opening the clock",
  scalar: 'a number or a string',
  events: "'[' opening the events",
  firstEvent: "'{' or ']'",
  event: "'{' opening an event",
  afterEvent: "',' or ']'",
  afterValue: "',' or '}'",
  inScalar: 'the rest of a number or a string',
  element: 'the rest of an event or of the metadata',
  end: 'the end of the file',
} as const;

type State = keyof typeof EXPECTED;

/**
 * Finds the elements of an export in a stream of bytes, however the document is laid out.
 *
 * Works on bytes, because UTF-8 has no structural character inside a longer one, and keeps nothing
 * but the element under way: at most {@link ELEMENT_BYTES_MAX} bytes. It only balances brackets
 * and skips strings; what an element means is for its parser to say.
 */
export class DocumentScanner {
  readonly #form: DocumentForm;
  #state: State;
  #offset = 0;
  #gap = 0;
  #key = '';
  readonly #seen = new Set<string>();

  #kind: DocumentElement['kind'] = 'metadata';
  #depth = 0;
  #inString = false;
  #escaped = false;
  #elementOffset = 0;
  #parts: Buffer[] = [];
  #partsBytes = 0;
  #ofText = '';

  constructor(form: DocumentForm = 'export') {
    this.#form = form;
    this.#state = firstState(form);
  }

  /** Of a selection: of how many events it is, where it says so. */
  get of(): number | undefined {
    return /^\d+$/.test(this.#ofText) ? Number(this.#ofText) : undefined;
  }

  /** Of a sequence: whether it ends within an event, as a file does that is being written. */
  get isCut(): boolean {
    return this.#form === 'sequence' && this.#state === 'element';
  }

  /**
   * Takes the next bytes and appends the elements completed by them to `elements`, also when it
   * then throws. The chunk may be reused after the call.
   *
   * @throws TraceError `ERR_TRACE_FORMAT` with the byte offset, what was expected and what came.
   */
  push(chunk: Buffer, elements: DocumentElement[]): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#state === 'element') {
        at = this.#scanElement(chunk, at, elements);
        continue;
      }
      if (this.#state === 'inScalar') {
        at = this.#skipScalar(chunk, at);
        continue;
      }
      const byte = chunk[at] as number;
      if (this.#offset + at < 3 && this.#markByte(byte, at)) {
        at++;
        continue;
      }
      if (isSpace(byte) && this.#state !== 'keyText') {
        if (++this.#gap > GAP_BYTES_MAX) {
          throw this.#error(at, `at most ${GAP_BYTES_MAX} bytes of white space`, 'more');
        }
        at++;
        continue;
      }
      this.#gap = 0;
      if (!this.#step(byte, at)) throw this.#error(at, EXPECTED[this.#state], showByte(byte));
      // An element is scanned from its opening bracket on, a scalar from its first character.
      if (!['element', 'inScalar'].includes(this.#state)) at++;
    }
    this.#offset += chunk.length;
  }

  /** @throws TraceError `ERR_TRACE_FORMAT` when the document is not complete. */
  end(): void {
    if (this.#state === 'sequence' || this.isCut) return;
    if (this.#state !== 'end') throw this.#error(0, EXPECTED[this.#state], 'the end of the file');
  }

  /** Takes one structural byte. @returns whether it may stand here. */
  #step(byte: number, at: number): boolean {
    switch (this.#state) {
      case 'document':
        return this.#go(byte === OPEN_BRACE, 'key');
      case 'key':
        this.#key = '';
        return this.#go(byte === QUOTE, 'keyText');
      case 'keyText':
        return this.#keyByte(byte, at);
      case 'colon':
        return this.#go(byte === COLON, valueState(this.#key));
      case 'metadata':
        return this.#open(byte, at, 'metadata');
      case 'clock':
        return this.#open(byte, at, 'clock');
      case 'sequence':
        return this.#open(byte, at, 'event');
      case 'scalar':
        this.#gap = 0;
        this.#inString = false;
        return this.#go(byte === QUOTE || isNumberByte(byte), 'inScalar');
      case 'array':
      case 'events':
        return this.#go(byte === OPEN_BRACKET, 'firstEvent');
      case 'firstEvent':
        if (byte === CLOSE_BRACKET) return this.#go(true, this.#afterEvents);
        return this.#open(byte, at, 'event');
      case 'event':
        return this.#open(byte, at, 'event');
      case 'afterEvent':
        if (byte === CLOSE_BRACKET) return this.#go(true, this.#afterEvents);
        return this.#go(byte === COMMA, 'event');
      case 'afterValue':
        if (this.#form === 'export') {
          if (this.#seen.size === 2) return this.#go(byte === CLOSE_BRACE, 'end');
        } else if (byte === CLOSE_BRACE && this.#seen.has('events')) return this.#go(true, 'end');
        return this.#go(byte === COMMA, 'key');
      default:
        return false;
    }
  }

  #go(allowed: boolean, next: State): boolean {
    if (allowed) this.#state = next;
    return allowed;
  }

  #keyByte(byte: number, at: number): boolean {
    if (byte !== QUOTE) {
      this.#key += String.fromCharCode(byte);
      if (this.#key.length <= KEY_BYTES_MAX) return true;
    } else if (
      MEMBERS[this.#form === 'export' ? 'export' : 'selection'].includes(this.#key) &&
      !this.#seen.has(this.#key)
    ) {
      this.#seen.add(this.#key);
      return this.#go(true, 'colon');
    }
    throw this.#error(at, `${EXPECTED.key}, each once`, show(this.#key));
  }

  get #afterEvents(): State {
    return this.#form === 'array' ? 'end' : 'afterValue';
  }

  /** RFC 8259 lets a reader skip a byte-order mark; that of another encoding says which it is. */
  #markByte(byte: number, at: number): boolean {
    const offset = this.#offset + at;
    const isUtf16 = offset === 0 ? byte === 0xfe || byte === 0xff : offset === 1 && byte === 0;
    if (isUtf16 && this.#state !== 'byteOrderMark') {
      throw this.#error(at, 'UTF-8', 'UTF-16: save it as UTF-8, or convert it with iconv');
    }
    if (offset === 0 ? byte !== BYTE_ORDER_MARK[0] : this.#state !== 'byteOrderMark') return false;
    if (byte !== BYTE_ORDER_MARK[offset]) return false;
    this.#state = offset === 2 ? firstState(this.#form) : 'byteOrderMark';
    return true;
  }

  /** Skips a value that is not looked at. @returns where it ended, or the length of the chunk. */
  #skipScalar(chunk: Buffer, from: number): number {
    let at = from;
    for (; at < chunk.length; at++) {
      if (++this.#gap > SCALAR_BYTES_MAX) throw this.#error(at, EXPECTED.scalar, 'a longer one');
      const byte = chunk[at] as number;
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) return this.#afterScalar(at + 1);
      } else if (byte === QUOTE) {
        this.#inString = true;
      } else if (!isNumberByte(byte)) {
        return this.#afterScalar(at);
      } else if (this.#key === 'of' && this.#ofText.length < OF_DIGITS_MAX) {
        this.#ofText += String.fromCharCode(byte);
      }
    }
    return at;
  }

  #afterScalar(at: number): number {
    this.#inString = false;
    this.#escaped = false;
    this.#gap = 0;
    this.#state = 'afterValue';
    return at;
  }

  #open(byte: number, at: number, kind: DocumentElement['kind']): boolean {
    if (byte !== OPEN_BRACE) return false;
    this.#kind = kind;
    this.#depth = 0;
    this.#inString = false;
    this.#escaped = false;
    this.#elementOffset = this.#offset + at;
    return this.#go(true, 'element');
  }

  /** Scans on through an element. @returns where it ended, or the length of the chunk. */
  #scanElement(chunk: Buffer, from: number, elements: DocumentElement[]): number {
    // Locals, because this loop sees every byte of the file.
    let depth = this.#depth;
    let inString = this.#inString;
    let at = from;
    if (this.#escaped) at++;
    const end = chunk.length;
    while (at < end) {
      const byte = chunk[at++] as number;
      if (inString) {
        if (byte === BACKSLASH) at++;
        else if (byte === QUOTE) inString = false;
      } else if (byte === QUOTE) {
        inString = true;
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        if (++depth > DEPTH_MAX) {
          throw this.#error(at - 1, `at most ${DEPTH_MAX} levels`, showByte(byte));
        }
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        if (--depth === 0) {
          elements.push(this.#take(chunk.subarray(from, at)));
          return at;
        }
      }
    }
    // One past the end: the byte after a backslash is in the next chunk.
    this.#escaped = at > end;
    this.#depth = depth;
    this.#inString = inString;
    // A copy: the chunk is the caller's and will be overwritten.
    this.#keep(Buffer.from(chunk.subarray(from, end)));
    return end;
  }

  #keep(part: Buffer): void {
    this.#partsBytes += part.length;
    if (this.#partsBytes > ELEMENT_BYTES_MAX) {
      const limit = `at most ${ELEMENT_BYTES_MAX} bytes in one element`;
      throw this.#error(this.#elementOffset - this.#offset, limit, 'more');
    }
    this.#parts.push(part);
  }

  #take(last: Buffer): DocumentElement {
    this.#keep(last);
    const bytes = this.#parts.length === 1 ? last : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#partsBytes = 0;
    const kind = this.#kind;
    const offset = this.#elementOffset;
    const text = decode(bytes);
    if (text === undefined) throw this.#error(offset - this.#offset, 'UTF-8', 'other bytes');
    const afterEvent = this.#form === 'sequence' ? 'sequence' : 'afterEvent';
    this.#state = kind === 'event' ? afterEvent : 'afterValue';
    return { kind, text, offset };
  }

  #error(at: number, expectation: string, got: string): TraceError {
    return new TraceError(
      'ERR_TRACE_FORMAT',
      `byte ${this.#offset + at}: expected ${expectation}; got ${got}`,
    );
  }
}

/** The text of the bytes, or undefined when they are not UTF-8. */
function decode(bytes: Buffer): string | undefined {
  // Copying ASCII as it is costs a third of decoding it, and nearly all events are ASCII.
  if (isAscii(bytes)) return bytes.toString('latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}

function firstState(form: DocumentForm): State {
  return form === 'array' || form === 'sequence' ? form : 'document';
}

function valueState(key: string): State {
  return key === 'metadata' || key === 'events' || key === 'clock' ? key : 'scalar';
}

/** What a number has, and null, which `of` may be. */
function isNumberByte(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    '+-.E'.includes(String.fromCharCode(byte))
  );
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function showByte(byte: number): string {
  return byte > 0x20 && byte < 0x7f
    ? `'${String.fromCharCode(byte)}'`
    : `byte 0x${byte.toString(16).padStart(2, '0')}`;
}
