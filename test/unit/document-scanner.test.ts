import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TraceError } from '../../src/errors.js';
import {
  type DocumentElement,
  type DocumentForm,
  DocumentScanner,
  ELEMENT_BYTES_MAX,
} from '../../src/export/document-scanner.js';
import { expectTraceError } from '../support/collect.js';

function scan(
  document: string | Buffer,
  chunkBytes = Number.POSITIVE_INFINITY,
  form?: DocumentForm,
): DocumentElement[] {
  const bytes = Buffer.from(document);
  const scanner = new DocumentScanner(form);
  const elements: DocumentElement[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    // One buffer for all chunks, overwritten at once: the scanner must have kept what it needs.
    const chunk = Buffer.from(bytes.subarray(at, Math.min(bytes.length, at + chunkBytes)));
    scanner.push(chunk, elements);
    chunk.fill(0);
  }
  scanner.end();
  return elements;
}

const TRICKY = String.raw`{"metadata":{"m":{}},"events":[{"a":"}\"]\\","ü":["{"]},{"b":"𝄞"}]}`;

it('finds elements by their brackets, outside strings only', () => {
  expect(scan(TRICKY)).toEqual([
    { kind: 'metadata', text: '{"m":{}}', offset: 12 },
    { kind: 'event', text: String.raw`{"a":"}\"]\\","ü":["{"]}`, offset: 31 },
    { kind: 'event', text: '{"b":"𝄞"}', offset: 57 },
  ]);
});

it('finds the same whatever the chunks are', () => {
  const whole = scan(TRICKY);
  for (let size = 1; size < TRICKY.length; size++) expect(scan(TRICKY, size)).toEqual(whole);
});

it('takes events before metadata, and no events', () => {
  expect(scan('{"events":[{}],"metadata":{}}').map(({ kind }) => kind)).toEqual([
    'event',
    'metadata',
  ]);
  expect(scan(' {\r\n"metadata" : { } ,\t"events" : [ ] } \n')).toHaveLength(1);
});

it('skips a byte-order mark', () => {
  expect(scan(`\ufeff${TRICKY}`).map(({ text }) => text)).toEqual(
    scan(TRICKY).map(({ text }) => text),
  );
  expect(scan(`\ufeff${TRICKY}`, 1)).toEqual(scan(`\ufeff${TRICKY}`));
});

it.each<[string, DocumentForm, string, string[]]>([
  [
    'what query --json writes',
    'selection',
    '{"clock":{},"events":[{},{}],"count":2,"of":7}',
    ['clock', 'event', 'event'],
  ],
  [
    'what chain --json writes',
    'selection',
    '{"request_id":"a\\"}","events":[{}],"count":1}',
    ['event'],
  ],
  [
    'the same in another order',
    'selection',
    '{ "count" : -1.5e3 , "of":null,"events":[{}]}',
    ['event'],
  ],
  ['an export', 'selection', TRICKY, ['metadata', 'event', 'event']],
  ['an array', 'array', ' [{}, {"a":[]}]\n', ['event', 'event']],
  ['an empty array', 'array', '[]', []],
  ['lines', 'sequence', '{}\n{"a":"}"}\r\n', ['event', 'event']],
  ['objects without lines', 'sequence', '{}{\n"a":\n1}', ['event', 'event']],
])('reads %s', (_, form, document, kinds) => {
  expect(scan(document, 1_000, form).map(({ kind }) => kind)).toEqual(kinds);
  expect(scan(document, 1, form)).toEqual(scan(document, 1_000, form));
});

it.each<[string, DocumentForm, string, RegExp]>([
  ['another member', 'selection', '{"x":1}', /expected "metadata" or "events", each once; got "x"/],
  ['no events', 'selection', '{"count":0}', /byte 10: expected ',' or '\}'; got '\}'/],
  [
    'a count that is an array',
    'selection',
    '{"count":[',
    /expected a number or a string; got '\['/,
  ],
  ['an endless request id', 'selection', `{"request_id":"${'x'.repeat(70_000)}`, /a longer one/],
  ['a comma between lines', 'sequence', '{},{}', /byte 2: expected '\{' opening an event; got ','/],
  ['more after an array', 'array', '[]{', /byte 2: expected the end of the file/],
])('refuses %s in a selection', async (_, form, document, message) => {
  await expectTraceError(() => scan(document, 1_000, form), 'ERR_TRACE_FORMAT', message);
  await expectTraceError(() => scan(document, 1, form), 'ERR_TRACE_FORMAT', message);
});

it('says of a sequence whether its last event is cut off', () => {
  const scanner = new DocumentScanner('sequence');
  const elements: DocumentElement[] = [];
  scanner.push(Buffer.from('{"a":1}\n{"a":'), elements);
  scanner.end();
  expect([elements.length, scanner.isCut]).toEqual([1, true]);
});

it.each([
  ['nothing', '', /byte 0: expected '\{' opening the document; got the end of the file/],
  ['zeros', '\0\0', /byte 0: expected '\{' opening the document; got byte 0x00/],
  [
    'half a byte-order mark',
    Buffer.from('efbb7b7d', 'hex'),
    /byte 2: expected the rest of a byte-order mark/,
  ],
  ['UTF-16', Buffer.from('\ufeff{}', 'utf16le'), /byte 0: expected UTF-8; got UTF-16: save it as/],
  ['UTF-16 without a mark', Buffer.from('{}', 'utf16le'), /byte 1: expected UTF-8; got UTF-16/],
  ['another document', '{"a":1}', /byte 3: expected "metadata" or "events", each once; got "a"/],
  ['an endless name', `{"${'x'.repeat(100)}`, /expected "metadata" or "events"/],
  ['events that are no array', '{"events":{}}', /byte 10: expected '\[' opening the events/],
  ['metadata that is no object', '{"metadata":[]}', /byte 12: expected '\{' opening the metadata/],
  ['an event that is no object', '{"events":[1]}', /byte 11: expected '\{' or '\]'; got '1'/],
  ['a comma too many', '{"events":[{},]}', /byte 14: expected '\{' opening an event; got '\]'/],
  ['a comma too few', '{"events":[{}{}]}', /byte 13: expected ',' or '\]'; got '\{'/],
  ['no metadata', '{"events":[]}', /byte 12: expected ',' or '\}'; got '\}'/],
  ['events twice', '{"events":[],"events":[]}', /each once; got "events"/],
  ['a third member', '{"events":[],"metadata":{},"x":1}', /byte 26: expected ',' or '\}'; got ','/],
  ['more after the end', '{"events":[],"metadata":{}}{', /byte 27: expected the end of the file/],
  ['an open event', '{"events":[{"a":"', /byte 17: expected the rest of an event/],
  ['deep nesting', `{"events":[${'{"a":'.repeat(65)}`, /at most 64 levels/],
])('refuses %s', async (_, document, message) => {
  await expectTraceError(() => scan(document), 'ERR_TRACE_FORMAT', message);
  await expectTraceError(() => scan(document, 1), 'ERR_TRACE_FORMAT', message);
});

it('refuses invalid UTF-8, saying where the element starts', async () => {
  for (const bytes of [[0xff], [0xc3, 0x28], [0xc0, 0xaf], [0xed, 0xa0, 0x80]]) {
    const document = Buffer.concat([
      Buffer.from('{"events":[{"a":"'),
      Buffer.from(bytes),
      Buffer.from('"}]}'),
    ]);
    await expectTraceError(() => scan(document), 'ERR_TRACE_FORMAT', /byte 11: expected UTF-8/);
  }
});

it('refuses an element over its limit, and takes one at it', async () => {
  const event = (bytes: number) => `{"a":"${'x'.repeat(bytes - 8)}"}`;
  const document = (bytes: number) => `{"metadata":{},"events":[${event(bytes)}]}`;
  expect(scan(document(ELEMENT_BYTES_MAX), 65_536)[1]?.text).toHaveLength(ELEMENT_BYTES_MAX);
  const message = /byte 25: expected at most 1048576 bytes in one element; got more/;
  const tooLarge = document(ELEMENT_BYTES_MAX + 1);
  await expectTraceError(() => scan(tooLarge, 65_536), 'ERR_TRACE_FORMAT', message);
  await expectTraceError(() => scan(tooLarge), 'ERR_TRACE_FORMAT', message);
});

it('refuses endless white space', async () => {
  const spaces = ' '.repeat(1024 * 1024 + 1);
  await expectTraceError(() => scan(`{${spaces}`), 'ERR_TRACE_FORMAT', /white space; got more/);
  expect(scan(`{${spaces.slice(1)}"events":[],"metadata":{}}`)).toHaveLength(1);
});

it('hands out what stands before the damage', () => {
  const scanner = new DocumentScanner();
  const elements: DocumentElement[] = [];
  expect(() => scanner.push(Buffer.from('{"events":[{},{} x'), elements)).toThrow(/byte 17/);
  expect(elements).toHaveLength(2);
});

it('ends any bytes with elements or a TraceError', () => {
  const bytes = fc.array(fc.constantFrom(...'{}[]",:\\ ae\n\0\u00e9'), { maxLength: 40 });
  fc.assert(
    fc.property(bytes, fc.integer({ min: 1, max: 9 }), (characters, size) => {
      const document = `{"metadata":{},"events":[${characters.join('')}`;
      const outcome = (chunkBytes: number) => {
        try {
          return scan(document, chunkBytes);
        } catch (error) {
          if (error instanceof TraceError) return error.message;
          throw error;
        }
      };
      expect(outcome(size)).toEqual(outcome(1_000));
    }),
    { numRuns: 1_000 },
  );
});
