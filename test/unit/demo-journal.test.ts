import { writeFileSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
// @ts-expect-error: plain JavaScript
import { Journal, lastFlush, readJournal } from '../../scripts/demo/proof/journal.mjs';
import { makeTestFolder } from '../support/write-export.js';

const folder = makeTestFolder();
afterAll(folder.remove);

it('gives the ids back that several threads appended, but for one written by half', () => {
  const path = folder.write('returned', '');
  const [first, second] = [new Journal(path), new Journal(path)];
  const ids = Array.from({ length: 6 }, (_, at) => `0123456${at}-89ab-4def-8123-456789abcdef`);
  for (const [at, id] of ids.entries()) (at % 2 === 0 ? first : second).add(id);
  writeFileSync(path, Buffer.alloc(7), { flag: 'a' });
  expect(readJournal(path)).toEqual(ids);
});

it('knows the last flush that was noted to its end', () => {
  const none = { events: 0, errors: 0, lost: 0 };
  expect(lastFlush(folder.write('none', ''))).toEqual(none);
  expect(lastFlush(folder.write('half', '{"events":1'))).toEqual(none);
  const note = { events: 7, errors: 2, lost: 0 };
  const text = `${JSON.stringify({ ...note, events: 3 })}\n${JSON.stringify(note)}\n{"ev`;
  expect(lastFlush(folder.write('some', text))).toEqual(note);
});
