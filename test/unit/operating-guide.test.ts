import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { WARNING_CODES } from '../../src/warnings.js';

const guide = readFileSync(new URL('../../docs/OPERATING.md', import.meta.url), 'utf8');

it('the guide for operators has every warning', () => {
  const listed = [...guide.matchAll(/^\| `(AEGIS_[A-Z_]+)` \|/gm)].map(([, code]) => code);
  expect(listed.toSorted()).toEqual(Object.keys(WARNING_CODES).toSorted());
});
