import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { EVENT_JSON_FIELDS } from '../../src/event/json-event.js';
import { LINE_FIELDS } from '../../src/wire/event-line.js';
import { connect, openStore } from '../support/store-folder.js';

const FOLDER = fileURLToPath(new URL('../../docs/formats', import.meta.url));
const SCHEMA = fileURLToPath(new URL('../../src/export/trace-export.schema.json', import.meta.url));
const page = (name: string): string => readFileSync(join(FOLDER, name), 'utf8');

/** The names in code marks in the first cell of each row of the part under a heading. */
function namesUnder(text: string, heading: string): string[] {
  const part = (text.split(`## ${heading}\n`)[1] ?? '').split('\n## ')[0] ?? '';
  return [...part.matchAll(/^\| ((?:`\w+`(?:, )?)+) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name as string),
  );
}

it('the page of exports names the members that there are', () => {
  const { $defs } = JSON.parse(readFileSync(SCHEMA, 'utf8'));
  expect(namesUnder(page('export.md'), 'metadata')).toEqual(Object.keys($defs.metadata.properties));
  expect(namesUnder(page('export.md'), 'An event')).toEqual([...EVENT_JSON_FIELDS]);
  expect(Object.keys($defs.event.properties)).toEqual([...EVENT_JSON_FIELDS]);
});

it('the page of JSON lines names what a line has beside its event', () => {
  const rows = [...page('json-lines.md').matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
  expect(rows).toEqual([...LINE_FIELDS]);
  for (const field of EVENT_JSON_FIELDS) expect(page('json-lines.md')).toContain(`\`${field}\``);
});

it('the page of the database names every table, view and column', async () => {
  const { path } = await openStore();
  const database = await connect(path);
  const columnsOf = (name: string) =>
    database
      .prepare(`SELECT name FROM pragma_table_info('${name}')`)
      .all()
      .map((row) => row.name);
  const text = page('database.md');
  const tables = database
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    .all()
    .map(({ name }) => name as string);
  const rows = new Map(
    [...text.matchAll(/^\| `(\w+)` \| (?:an?|the) [^|]+ \| (.+) \|$/gm)].map(
      ([, name, columns]) => [
        name as string,
        [...(columns ?? '').replaceAll(/\([^)]*\)/g, '').matchAll(/`(\w+)`/g)].map(
          ([, column]) => column,
        ),
      ],
    ),
  );
  expect([...rows.keys()].sort()).toEqual(tables);
  for (const table of tables) expect(rows.get(table), table).toEqual(columnsOf(table));
  for (const view of ['process_trace', 'data_trace']) {
    for (const column of columnsOf(view)) expect(text, view).toContain(`\`${column}\``);
  }
});

it('every page of the folder is in its table', () => {
  const pages = readdirSync(FOLDER).filter((name) => name !== 'README.md');
  const linked = [...page('README.md').matchAll(/\]\(([\w-]+\.md)\)/g)].map(([, name]) => name);
  expect(linked.sort()).toEqual(pages.sort());
});
