import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatExactJson, int64Of, parseExactJson } from '../../src/wire/exact-json.js';

it('integers of 64 bits are exact in both directions', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.string(),
      (nanos, text) => {
        const written = formatExactJson({ wall_ns: nanos, text, list: [{ a_ns: nanos }, nanos] });
        const read = parseExactJson(written) as Record<string, unknown>;
        expect(int64Of(read.wall_ns)).toBe(nanos);
        expect(int64Of((read.list as { a_ns: unknown }[])[0]?.a_ns)).toBe(nanos);
        expect(read.text).toBe(text);
      },
    ),
  );
});

it.each<[string, bigint | undefined]>([
  ['1', 1n],
  ['1.0', 1n],
  ['-9223372036854775808', -(2n ** 63n)],
  ['9223372036854775808', undefined],
  ['99999999999999999999999', undefined],
  ['1.5', undefined],
  ['1e300', undefined],
  ['"1"', undefined],
  ['"1790000000000000000"', undefined],
  ['null', undefined],
  ['[1]', undefined],
])('a member of %s is %s', (written, expected) => {
  const { wall_ns } = parseExactJson(`{"wall_ns":${written}}`) as { wall_ns: unknown };
  expect(int64Of(wall_ns)).toBe(expected);
});

it('a text that looks like a member stays as it is', () => {
  const text = '"wall_ns":1790000000000000000, "a_ns" : 1790000000000000000}';
  const written = JSON.stringify({ text, [text]: [text] });
  expect(parseExactJson(written)).toEqual({ text, [text]: [text] });
});

it('what is no JSON is refused as JSON.parse does, also with long integers in it', () => {
  for (const text of ['', '{', '{"a_ns":1790000000000000000', '{"a_ns":01790000000000000000x}']) {
    expect(() => parseExactJson(text), text).toThrow(SyntaxError);
  }
});
