import fc from 'fast-check';
import { expect, it } from 'vitest';
import { countMembers, exactInteger, scanJson } from '../../src/event/json-scan.js';

const INT64 = [-(2n ** 63n), 2n ** 63n - 1n] as const;

it('takes the digits of numbers at the first three levels, in arrays too', () => {
  const { numbers } = scanJson(
    '{"a": 9007199254740993, "b":{"c":-0,"d":{"e":1,"x":[7]}},"f":[2,[4,"5,",6],{"g":3,"h":8}, 9]}',
  );
  expect([...numbers]).toEqual([
    ['/a', '9007199254740993'],
    ['/b/c', '-0'],
    ['/b/d/e', '1'],
    ['/f/0', '2'],
    ['/f/1/0', '4'],
    ['/f/1/2', '6'],
    ['/f/2/g', '3'],
    ['/f/2/h', '8'],
    ['/f/3', '9'],
  ]);
});

it('is not misled by strings that look like members', () => {
  const { numbers, members } = scanJson(String.raw`{"x":"\"a\":5,{[","a":7,"\\":"}"}`);
  expect([...numbers]).toEqual([['/a', '7']]);
  expect(members).toBe(3);
});

it('reads escaped names and keeps names with slashes apart', () => {
  expect([...scanJson(String.raw`{"a":1,"a\u002fb":2,"a":{"b":3},"~":4}`).numbers]).toEqual([
    ['/a', '1'],
    ['/a~1b', '2'],
    ['/a/b', '3'],
    ['/~0', '4'],
  ]);
});

it('finds a name that occurs twice', () => {
  const text = '{"a":1,"b":{"c":1,"c":2}}';
  expect(scanJson(text).members).toBe(4);
  expect(countMembers(JSON.parse(text))).toBe(3);
});

it('counts as many members as any JSON value has', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(3), (value, indent) => {
      const text = JSON.stringify(value, undefined, indent);
      expect(scanJson(text).members).toBe(countMembers(JSON.parse(text)));
    }),
  );
});

it('counts members however deep', () => {
  const depth = 100_000;
  const text = '{"a":'.repeat(depth) + 1 + '}'.repeat(depth);
  expect(countMembers(JSON.parse(text))).toBe(depth);
});

it.each([
  ['9223372036854775807', 2n ** 63n - 1n],
  ['-9223372036854775808', -(2n ** 63n)],
  ['9007199254740993', 9007199254740993n],
  ['-0', 0n],
])('C11: reads the integer %s exactly', (token, value) => {
  expect(exactInteger(token, ...INT64)).toBe(value);
});

it.each([
  '9223372036854775808',
  '-9223372036854775809',
  '1.0',
  '1e3',
  '1'.repeat(1_000_000),
  undefined,
])('takes %s for no integer of 64 bits', (token) => {
  expect(exactInteger(token, ...INT64)).toBeUndefined();
});
