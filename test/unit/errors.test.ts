import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { ERROR_CODES, expected, show, TraceError } from '../../src/errors.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CODES = Object.keys(ERROR_CODES).toSorted();

/** Every error code that occurs in the files of a folder, except in the table itself. */
function codesIn(folder: string): string[] {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  const texts = files
    .filter((name) => /\.(ts|cpp|hpp|h)$/.test(name) && name !== 'errors.ts')
    .map((name) => readFileSync(join(ROOT, folder, name), 'utf8'));
  return [...new Set(texts.join('\n').match(/\bERR_TRACE_[A-Z]+/g))].toSorted();
}

it('native code uses only codes of the table', () => {
  const native = [...codesIn('native/core'), ...codesIn('native/addon')];
  expect(native.length).toBeGreaterThan(5);
  // What code_name() gives for a value that is not in its enumeration.
  expect(native.filter((code) => code !== 'ERR_TRACE_UNKNOWN' && !CODES.includes(code))).toEqual(
    [],
  );
});

it('every code of the table is used, and TypeScript uses no other', () => {
  const used = [...codesIn('native/core'), ...codesIn('native/addon'), ...codesIn('src')];
  expect([...new Set(used)].filter((code) => code !== 'ERR_TRACE_UNKNOWN').toSorted()).toEqual(
    CODES,
  );
});

it('docs/ERRORS.md has the same table', () => {
  const page = readFileSync(join(ROOT, 'docs/ERRORS.md'), 'utf8');
  const rows = [...page.matchAll(/^\|\s*`(ERR_TRACE_[A-Z]+)`\s*\|/gm)].map(([, code]) => code);
  expect(rows.toSorted()).toEqual(CODES);
});

it('every code says what it means', () => {
  for (const meaning of Object.values(ERROR_CODES)) expect(meaning.length).toBeGreaterThan(10);
});

it('a TraceError carries code, name, message and cause', () => {
  const cause = new Error('inner');
  const error = new TraceError('ERR_TRACE_FILE', 'outer', { cause });
  expect(error).toBeInstanceOf(Error);
  expect([error.name, error.code, error.message, error.cause]).toEqual([
    'TraceError',
    'ERR_TRACE_FILE',
    'outer',
    cause,
  ]);
});

it('an argument error names the option, what was expected and what came', () => {
  const error = expected('ERR_TRACE_OPTION', 'capacity', 'an integer', '7');
  expect(error.message).toBe('capacity must be an integer; got "7"');
});

it.each([
  ['text', 'a"b\n', '"a\\"b\\n"'],
  ['long text', 'x'.repeat(61), `"${'x'.repeat(60)}…"`],
  ['a bigint', 5n, '5n'],
  ['a number', -0.5, '-0.5'],
  ['null', null, 'null'],
  ['undefined', undefined, 'undefined'],
  ['a symbol', Symbol('s'), 'Symbol(s)'],
  ['a function', () => 1, 'a function'],
  ['an array', [1], 'an array'],
  ['an object whose code would throw', { toString: () => expect.fail() }, 'an object'],
])('shows %s', (_, value, text) => {
  expect(show(value)).toBe(text);
});

it('shows a revoked proxy without running into it', () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  expect(show(proxy)).toBe('an object');
});
