import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const filesIn = (folder: string, ending: RegExp) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => ending.test(name))
    .map((name) => read(join(folder, name)));

const CODE = /\b[ACHOMP]\d{1,2}\b/g;

/** The codes in titles: "C1, C10: …" of vitest, TEST(Suite, C1_C10_…) of GoogleTest. */
function codesOfTests(): Set<string> {
  const titles = filesIn('test', /\.test\.ts$/).flatMap((text) => [
    ...text.matchAll(/['`]((?:[ACHOMP]\d{1,2}(?:, )?)+):/g),
  ]);
  const native = filesIn('native/test', /\.cpp$/).flatMap((text) => [
    ...text.matchAll(/^TEST(?:_F|_P)?\(\w+,\s*((?:[ACHOMP]\d{1,2}_)+)/gm),
  ]);
  return new Set(
    [...titles, ...native].flatMap(([, codes]) => codes?.match(/[ACHOMP]\d{1,2}/g) ?? []),
  );
}

const promised = [...read('docs/PROMISES.md').matchAll(/^\| ([ACHOMP]\d{1,2}) \| (.+) \|$/gm)].map(
  ([, code, text]) => ({ code: code as string, text: text as string }),
);

it('every promise is held by a test, and every code of a test is a promise', () => {
  expect(promised.length).toBeGreaterThan(25);
  expect(promised.map(({ code }) => code).toSorted()).toEqual([...codesOfTests()].toSorted());
});

it('no promise is there twice, or says nothing', () => {
  expect(new Set(promised.map(({ code }) => code)).size).toBe(promised.length);
  for (const { text } of promised) expect(text.length).toBeGreaterThan(20);
});

it('the page names no code that it does not explain', () => {
  const named = new Set(read('docs/PROMISES.md').match(CODE));
  expect([...named].toSorted()).toEqual(promised.map(({ code }) => code).toSorted());
});
