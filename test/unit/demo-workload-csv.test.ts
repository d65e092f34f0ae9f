import { describe, expect, it } from 'vitest';
// @ts-expect-error: plain JavaScript
import { parseTimestamp, parseWorkload } from '../../scripts/demo/scheduler/workload-csv.mjs';

const HEADER = 'TIMESTAMP,ContextTokens,GeneratedTokens';
const ROW = '2023-11-16 18:17:03.9799600,4808,10';

describe('parseTimestamp', () => {
  it.each([
    ['1970-01-01 00:00:00', 0n],
    ['2023-11-16 18:17:03.9799600', 1_700_158_623_979_960_000n],
    ['2023-11-16 18:17:03.9799601', 1_700_158_623_979_960_100n],
    ['2023-11-16 18:17:03.5', 1_700_158_623_500_000_000n],
    ['2024-02-29 23:59:59.999999999', 1_709_251_199_999_999_999n],
  ])('keeps every digit of %s', (text, expected) => {
    expect(parseTimestamp(text)).toBe(expected);
  });

  it.each([
    '',
    '2023-02-30 00:00:00',
    '2023-11-16 24:00:00',
    '2023-11-16 18:60:00',
    '2023-11-16T18:17:03Z',
    '2023-11-16 18:17:03.',
    '2023-11-16 18:17:03.0123456789',
    ' 2023-11-16 18:17:03',
  ])('takes %j for no time', (text) => {
    expect(parseTimestamp(text)).toBeUndefined();
  });
});

describe('parseWorkload', () => {
  const expected = [
    { arrivalNs: 1_700_158_623_979_960_000n, contextTokens: 4808, generatedTokens: 10 },
  ];

  it.each([
    ['LF', `${HEADER}\n${ROW}\n`],
    ['CRLF and no end of the last line, as published', `${HEADER}\r\n${ROW}`],
    ['a byte order mark', `\uFEFF${HEADER}\n${ROW}\n`],
  ])('reads %s', (_, text) => {
    expect(parseWorkload(text, 'a.csv')).toEqual(expected);
  });

  it.each([
    ['', 'a.csv:1: expected the header'],
    ['TIMESTAMP;ContextTokens;GeneratedTokens\n', 'a.csv:1: expected the header'],
    [`${HEADER}\n`, 'a.csv:2: expected at least one request'],
    [`${HEADER}\n${ROW}\n\n${ROW}\n`, 'a.csv:3: expected 3 fields; got ""'],
    [`${HEADER}\n${ROW},7\n`, 'a.csv:2: expected 3 fields'],
    [`${HEADER}\nyesterday,1,1\n`, 'a.csv:2: expected a UTC time such as'],
    [`${HEADER}\n${ROW.replace('4808', '-1')}`, 'a.csv:2: expected ContextTokens to be'],
    [`${HEADER}\n${ROW.replace('4808', '1e3')}`, 'a.csv:2: expected ContextTokens to be'],
    [`${HEADER}\n${ROW.replace('4808', '1000001')}`, 'a.csv:2: expected ContextTokens to be'],
    [`${HEADER}\n${ROW.slice(0, -2)}`, 'a.csv:2: expected GeneratedTokens to be'],
    [`${HEADER}\n${ROW}\n2023-11-16 18:17:02,1,1`, 'a.csv:3: expected a time not before'],
  ])('says what is wrong with %j, and where', (text, message) => {
    const failure = expect.objectContaining({
      message: expect.stringContaining(message),
      exitCode: 2,
    });
    expect(() => parseWorkload(text, 'a.csv')).toThrow(failure);
  });

  it('shows no more of a long line than fits one', () => {
    expect(() => parseWorkload('x'.repeat(1e6), 'a.csv')).toThrow(/^.{1,200}$/);
  });
});
