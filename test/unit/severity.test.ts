import { expect, it } from 'vitest';
import { SEVERITIES, severityRank } from '../../src/event/severity.js';

it('C4: orders Info < Warning < Error < Critical', () => {
  expect(SEVERITIES).toEqual(['Info', 'Warning', 'Error', 'Critical']);
  expect(SEVERITIES.map(severityRank)).toEqual([0, 1, 2, 3]);
});

it.each(['info', 'Fatal', '', 0, null, undefined, 'length', {}])(
  'C4: %o is not a severity',
  (value) => {
    expect(severityRank(value)).toBe(-1);
  },
);
