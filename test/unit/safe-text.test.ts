import fc from 'fast-check';
import { expect, it } from 'vitest';
import { safeJson, safeText, toJson } from '../../src/cli/safe-text.js';

it.each([
  ['\u001b[2J\u0007', '\\x1b[2J\\x07'],
  ['a\nb\r\tc\0\u007f', 'a\\nb\\r\\tc\\x00\\x7f'],
  ['\u009b31m', '\\x9b31m'],
  ['\u202eevil\u2069', '\\u202eevil\\u2069'],
  ['\u061c\u200e\ufeff\u2028\u2029', '\\u061c\\u200e\\ufeff\\u2028\\u2029'],
  ['\ud800x', '\\ud800x'],
  ['\u{e0041}', '\\u{e0041}'],
  ['größer 𝄞 👩\u200d🚀 C:\\x', 'größer 𝄞 👩\u200d🚀 C:\\x'],
])('escapes %j', (text, shown) => {
  expect(safeText(text)).toBe(shown);
});

it('leaves nothing that moves the cursor or hides text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
      expect(safeText(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
      expect(toJson(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    }),
  );
});

it('escapes JSON without changing what it means', () => {
  const text = '\u009b\u202e\u2028\u{e0041}"\\\u001b';
  expect(safeJson(JSON.stringify(text))).toBe(
    String.raw`"\u009b\u202e\u2028\udb40\udc41\"\\\u001b"`,
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (any) => {
      expect(JSON.parse(safeJson(JSON.stringify(any)))).toBe(any);
    }),
  );
});

it('writes JSON with exact integers and without undefined members', () => {
  const value = { a: 2n ** 63n - 1n, b: [1, null, 'x', true], c: undefined, '\u202e': {} };
  expect(toJson(value)).toBe('{"a":9223372036854775807,"b":[1,null,"x",true],"\\u202e":{}}');
});
