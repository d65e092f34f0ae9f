import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { WARNING_CODES } from '../../src/warnings.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CODES = Object.keys(WARNING_CODES).toSorted();

it('every warning of the table is emitted somewhere, and no other is', () => {
  const emitted = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && name !== 'warnings.ts')
    .flatMap(
      (name) =>
        readFileSync(join(ROOT, 'src', name), 'utf8').match(
          /'AEGIS_(TRACE|STORE)_(?!URL')[A-Z_]+'/g,
        ) ?? [],
    )
    .map((quoted) => quoted.slice(1, -1));
  expect([...new Set(emitted)].toSorted()).toEqual(CODES);
});

it('only warnings.ts emits process warnings', () => {
  const emitting = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter(
    (name) =>
      name.endsWith('.ts') &&
      readFileSync(join(ROOT, 'src', name), 'utf8').includes('emitWarning('),
  );
  expect(emitting).toEqual(['warnings.ts']);
});

it('every warning says what it means', () => {
  for (const meaning of Object.values(WARNING_CODES)) expect(meaning.length).toBeGreaterThan(10);
});
