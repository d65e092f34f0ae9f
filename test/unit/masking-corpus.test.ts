import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { maskText } from '../../src/masking/mask-text.js';
import { DEFAULT_SENSITIVE_FIELDS, SensitiveFields } from '../../src/masking/sensitive-fields.js';

const sensitive = SensitiveFields.of(DEFAULT_SENSITIVE_FIELDS);
const corpus = readFileSync(new URL('../corpus/masking.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('# '));

const textOf = (line: string) => line.replaceAll('⏎', '\n').replace(/[⟦⟧]/g, '');
const wantedOf = (line: string) => line.replaceAll('⏎', '\n').replace(/⟦[^⟧]*⟧/g, '***');

it('the corpus is of the size that it is meant to have', () => {
  expect(corpus.length).toBeGreaterThan(300);
  expect(corpus.filter((line) => !line.includes('⟦')).length).toBeGreaterThan(100);
});

it.each(corpus)('what is secret vanishes and all else stays: %s', (line) => {
  expect(maskText(textOf(line), sensitive)).toBe(wantedOf(line));
});

it('what was masked once stays as it is', () => {
  for (const line of corpus) {
    const masked = maskText(textOf(line), sensitive);
    expect(maskText(masked, sensitive)).toBe(masked);
  }
});

it('JSON with secrets is masked to JSON', () => {
  const documents = corpus.map(textOf).filter((text) => /^[{[]["{[]/.test(text));
  expect(documents.length).toBeGreaterThan(20);
  for (const text of documents) expect(() => JSON.parse(maskText(text, sensitive))).not.toThrow();
});
