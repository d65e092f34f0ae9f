import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { readExport, readExportMetadata } from '../../src/export/read-export.js';
import { validateExport } from '../../src/export/validate-export.js';
import { collect } from '../support/collect.js';
import { anyEvent, comparable } from '../support/random-event.js';
import { formatExport, makeEvent, makeTestFolder } from '../support/write-export.js';

const folder = makeTestFolder();
afterAll(folder.remove);

// A string, a structural character, or a number or word.
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+/gu;

const someEvents = fc.array(anyEvent, { minLength: 1, maxLength: 4 });
const space = fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\r'), maxLength: 3 });

it('C11: white space between tokens, or none, changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(
      someEvents,
      fc.array(space, { minLength: 1, maxLength: 50 }),
      async (events, spaces) => {
        const tokens = formatExport(events).match(TOKEN) as string[];
        const text = tokens.map(
          (token, index) => token + (spaces[index % spaces.length] as string),
        );
        const file = folder.write('spaced.json', text.join(''));
        const read = await collect(readExport(file));
        expect(read.map(comparable)).toEqual(events.map(comparable));
      },
    ),
    { numRuns: 200 },
  );
});

it('C11: another order of members, or escapes for characters, changes nothing', async () => {
  const order = fc.shuffledSubarray([...Array(10).keys()], { minLength: 10 });
  await fc.assert(
    fc.asyncProperty(someEvents, order, async (events, indices) => {
      const lines = formatExport(events).split('\n').slice(2, -2);
      const texts = lines.map((line) => {
        const members = splitMembers(line.replace(/,$/, ''));
        return `{${indices.map((index) => members[index]).join(',')}}`;
      });
      const [head] = formatExport(events).split('\n');
      const escaped = `${head}"events":[${texts.join(',')}]}`.replace(
        /[\u007f-\uffff]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
      const file = folder.write('shuffled.json', escaped);
      const read = await collect(readExport(file));
      expect(read.map(comparable)).toEqual(events.map(comparable));
    }),
    { numRuns: 200 },
  );
});

it.each([0, 2, '\t'])(
  'C9: reads what JSON.stringify makes of it with indent %j',
  async (indent) => {
    const events = [makeEvent(), makeEvent({ timestampNs: 7n })];
    const metadata = { clock: '{"steady_ns":1,"wall_ns":2}' };
    const text = JSON.stringify(JSON.parse(formatExport(events, metadata)), undefined, indent);
    const file = folder.write('indented.json', text);
    expect(await collect(readExport(file))).toEqual(events);
    expect((await readExportMetadata(file)).clock).toEqual({ steadyNs: 1n, wallNs: 2n });
    expect((await validateExport(file)).valid).toBe(true);
  },
);

/** The members of an object's text, at its first level. */
function splitMembers(text: string): string[] {
  const members: string[] = [];
  let depth = 0;
  let member = '';
  for (const token of text.match(TOKEN) as string[]) {
    if (token === '}') depth--;
    if (token === ',' && depth === 1) {
      members.push(member);
      member = '';
    } else if (depth > 0) {
      member += token;
    }
    if (token === '{') depth++;
  }
  return [...members, member];
}
