import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { batchBody } from '../../src/hub/schemas/bodies.js';
import { formatBatch, parseBatch } from '../../src/wire/batch.js';
import { ACCOUNT } from '../support/account.js';
import { makeEvents, makeRun } from '../support/recorded-events.js';

// The schema of a batch is for readers of /openapi.json; what is taken is decided by the reader of wire/. They agree.

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const ajv = new Ajv2020({ strict: false, formats: { uuid: UUID, int64: true } });
const check = ajv.compile(batchBody);

const run = makeRun({ host: 'a', service: 'checkout' });
const good = () =>
  JSON.parse(formatBatch({ run, account: ACCOUNT, events: makeEvents(2) })) as object;

/** Whether all of a batch is taken. */
function isTaken(value: unknown): boolean {
  try {
    return parseBatch(JSON.stringify(value)).rejected.length === 0;
  } catch {
    return false;
  }
}

type Path = readonly (string | number)[];

/** Every place in a value. */
function placesOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [
    path,
    ...Object.entries(value).flatMap(([name, part]) => placesOf(part, [...path, name])),
  ];
}

function changed(
  value: unknown,
  [name, ...rest]: Path,
  change: (old: unknown) => unknown,
): unknown {
  if (name === undefined) return change(value);
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<
    string,
    unknown
  >;
  const made = changed(copy[name], rest, change);
  if (made === undefined) delete copy[name];
  else copy[name] = made;
  return Array.isArray(value) ? Object.values(copy) : copy;
}

it('both take a batch as it is', () => {
  expect(check(good()), JSON.stringify(check.errors)).toBe(true);
  expect(isTaken(good())).toBe(true);
});

it('both say the same of a batch in which one thing is missing, of another type, or new', () => {
  const places = placesOf(good()).filter((path) => path.length > 0);
  const changes: ((old: unknown) => unknown)[] = [
    () => undefined,
    () => null,
    () => 7,
    () => 'x',
    () => -1,
    () => 1.5,
    () => [],
    () => ({}),
    () => true,
    (old) => (typeof old === 'object' && old !== null ? { ...old, surprise: 1 } : old),
  ];
  fc.assert(
    fc.property(fc.constantFrom(...places), fc.constantFrom(...changes), (path, change) => {
      const value = changed(good(), path, change);
      expect([path, value, check(value)]).toEqual([path, value, isTaken(value)]);
    }),
    { numRuns: 2_000 },
  );
});
