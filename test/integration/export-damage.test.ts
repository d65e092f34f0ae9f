import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { TraceError } from '../../src/errors.js';
import type { TraceEvent } from '../../src/event/trace-event.js';
import { readExport } from '../../src/export/read-export.js';
import { validateExport } from '../../src/export/validate-export.js';
import { comparable } from '../support/random-event.js';
import { formatExport, makeEvent, makeTestFolder } from '../support/write-export.js';

const folder = makeTestFolder();
afterAll(folder.remove);

const events = [
  makeEvent({ rationale: 'a "quoted" \\ word', attributes: { timestamp_ns: '1', ü: '{' } }),
  makeEvent({ eventId: 'ffffffff-ffff-4fff-bfff-ffffffffffff', timestampNs: -12n, attributes: {} }),
];
const sound = Buffer.from(formatExport(events).replace(/ {30}/, ''));

async function read(content: Buffer): Promise<{ events: TraceEvent[]; error: unknown }> {
  const found: TraceEvent[] = [];
  try {
    for await (const event of readExport(folder.write('damaged.json', content))) found.push(event);
    return { events: found, error: undefined };
  } catch (error) {
    return { events: found, error };
  }
}

function expectFormatError(error: unknown): void {
  expect(error).toBeInstanceOf(TraceError);
  expect((error as TraceError).code).toBe('ERR_TRACE_FORMAT');
}

/** Fields that differ between what was written and what was read. */
function differences(found: readonly TraceEvent[]): string[] {
  return found.flatMap((event, index) => {
    const written = comparable(events[index] as TraceEvent) as [string, unknown][];
    const readBack = comparable(event) as [string, unknown][];
    return written
      .filter(([, value], field) => !sameValue(value, readBack[field]?.[1]))
      .map(([name]) => `${index}.${name}`);
  });
}

function sameValue(a: unknown, b: unknown): boolean {
  return String(a) === String(b) && typeof a === typeof b;
}

it('C9: a file cut off at any byte is refused, after the events that are whole', async () => {
  // Without its last two bytes, '}' and a newline: a document without that newline is complete.
  for (let length = 0; length < sound.length - 1; length++) {
    const { events: found, error } = await read(sound.subarray(0, length));
    expectFormatError(error);
    expect(differences(found)).toEqual([]);
  }
  expect((await read(sound.subarray(0, -1))).error).toBeUndefined();
}, 60_000);

it('C9: a flipped bit is refused, or changes one field at most and never the number', async () => {
  let refused = 0;
  for (let bit = 0; bit < sound.length * 8; bit++) {
    const damaged = Buffer.from(sound);
    damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
    const { events: found, error } = await read(damaged);
    if (error !== undefined) {
      expectFormatError(error);
      refused++;
    } else {
      expect(found).toHaveLength(events.length);
    }
    expect(differences(found).length).toBeLessThanOrEqual(1);
  }
  // All of structure, names, ids beyond hex, severities and counters; most of what is left is text.
  expect(refused / (sound.length * 8)).toBeGreaterThan(0.6);
}, 120_000);

it('C9: validation agrees with the reader about damage', async () => {
  // Every 7th bit: each position of a byte comes up, at an eighth of the cost.
  for (let bit = 0; bit < sound.length * 8; bit += 7) {
    const damaged = Buffer.from(sound);
    damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
    const { error } = await read(damaged);
    const report = await validateExport(folder.write('damaged.json', damaged));
    expect(report.valid, `bit ${bit}: ${String(error)}`).toBe(error === undefined);
  }
}, 120_000);

/** Replaces `remove` bytes at `at`, with anything or with a piece of the same file. */
interface Edit {
  at: number;
  remove: number;
  insert: Uint8Array;
}
const position = fc.nat(sound.length);
const edit: fc.Arbitrary<Edit> = fc.record({
  at: position,
  remove: fc.nat(60),
  insert: fc.oneof(
    fc.uint8Array({ maxLength: 20 }),
    fc.tuple(position, fc.nat(400)).map(([from, length]) => sound.subarray(from, from + length)),
  ),
});

it('C9: any damage is refused or leaves a whole document; validation agrees, and events before it are sound', async () => {
  const ends = events.map((_, index) => sound.indexOf(index === 0 ? '},\n{' : '}\n]}') + 1);
  expect(ends[0]).toBeGreaterThan(0);
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
      let damaged = sound;
      for (const { at, remove, insert } of edits) {
        damaged = Buffer.concat([damaged.subarray(0, at), insert, damaged.subarray(at + remove)]);
      }
      const first = Math.min(...edits.map(({ at }) => at));
      const { events: found, error } = await read(damaged);
      if (error !== undefined) expectFormatError(error);
      const sureOf = ends.filter((end) => end <= first).length;
      expect(found.length).toBeGreaterThanOrEqual(sureOf);
      expect(differences(found.slice(0, sureOf))).toEqual([]);
      const { valid } = await validateExport(folder.write('damaged.json', damaged));
      expect(valid, String(error)).toBe(error === undefined);
    }),
    { numRuns: 3_000 },
  );
}, 120_000);
