import { expect, it } from 'vitest';
import { generateOperationId, generateSpanId } from '../../src/context/operation-id.js';
import { isOperationId } from '../../src/context/operation-store.js';

it('O3: an id is 128 bits, 32 lower-case hex digits, and comes once', () => {
  const ids = Array.from({ length: 10_000 }, generateOperationId);
  expect(ids.filter((id) => !/^[0-9a-f]{32}$/.test(id))).toEqual([]);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).not.toContain('0'.repeat(32));
  expect(generateSpanId()).toMatch(/^[0-9a-f]{16}$/);
});

it.each(['a', 'A-z_0.9:', 'x'.repeat(128)])('O6: %s can be an id', (id) => {
  expect(isOperationId(id)).toBe(true);
});

it.each(['', 'x'.repeat(129), 'a b', 'a\n', 'é', '%0a', undefined, null, 5, {}, ['a']])(
  'O6: %j cannot be an id',
  (id) => {
    expect(isOperationId(id)).toBe(false);
  },
);
