// docs/files-and-clocks.md: every cell of its tables is held by a test that exists, or says that none is.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const text = readFileSync(join(ROOT, 'docs/files-and-clocks.md'), 'utf8');

interface Table {
  columns: string[];
  rows: string[][];
}

const cellsOf = (line: string) =>
  line
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim());
const tables: Table[] = [...text.matchAll(/(?:^\|.*\|\n)+/gm)].map(([table]) => {
  const [columns = [], , ...rows] = table.trimEnd().split('\n').map(cellsOf);
  return { columns, rows };
});
const cited = [...text.matchAll(/^- \[(\d+)\] `([^`]+)`: (.+)$/gm)].map(
  ([, number = '', file = '', title = '']) => ({ number, file, title }),
);
const numbersIn = (cell: string) => [...cell.matchAll(/\[(\d+)\]/g)].map(([, n]) => n as string);

const FILE_FAULTS = ['cut', 'emptied', 'renamed', 'deleted', 'replaced'];
const DISK_FAULTS = ['made unreadable', 'folder removed', 'disk full', 'EIO'];

it('the tables have every file, fault and clock, and no row is short of a cell', () => {
  const firsts = tables.map(({ rows }) => rows.map(([first]) => first));
  expect(firsts).toHaveLength(3);
  expect(firsts[0]).toEqual([...FILE_FAULTS, ...DISK_FAULTS]);
  expect(firsts[1]).toEqual([...FILE_FAULTS, ...DISK_FAULTS]);
  expect(firsts[2]).toHaveLength(5);
  expect(tables.map(({ columns }) => columns.length)).toEqual([5, 3, 6]);
  for (const { columns, rows } of tables) {
    for (const row of rows) expect(row, row[0]).toHaveLength(columns.length);
  }
});

it('each cell names a test of the list, or says that it is not tested', () => {
  const known = cited.map(({ number }) => number);
  for (const { columns, rows } of tables) {
    for (const [first, ...cells] of rows) {
      cells.forEach((cell, index) => {
        const where = `${first}, ${columns[index + 1]}`;
        const numbers = numbersIn(cell);
        expect(numbers.length > 0 || cell.includes('*not tested*'), where).toBe(true);
        expect(known, where).toEqual(expect.arrayContaining(numbers));
      });
    }
  }
});

it('each test of the list is cited, and exists under its title', () => {
  const used = new Set(tables.flatMap(({ rows }) => rows.flat().flatMap(numbersIn)));
  expect([...used].toSorted()).toEqual(cited.map(({ number }) => number).toSorted());
  for (const { file, title } of cited) {
    expect(existsSync(join(ROOT, file)), file).toBe(true);
    const source = readFileSync(join(ROOT, file), 'utf8');
    const isNative = file.endsWith('.cpp');
    const forms = isNative ? [`, ${title})`] : [`'${title}'`, `"${title}"`, `\`${title}\``];
    expect(
      forms.some((form) => source.includes(form)),
      `${file}: ${title}`,
    ).toBe(true);
  }
});
