import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TraceCollector } from '../../src/collector/trace-collector.js';
import { getLogger } from '../../src/context/logger.js';
import { monitor } from '../../src/monitor/index.js';

const RUNS = process.env.AEGIS_STRESS === '1' ? 100_000 : 2000;
const SECRET = 'zq7XsecretXq7z';
const KEYS = [
  'password',
  'PASSWORD',
  'userPassword',
  'api_key',
  'apiKey',
  'X-Api-Key',
  'APIKey',
  'API_KEY',
  'access-token',
  'accessToken',
  'Authorization',
  'client_secret',
  'CLIENT-SECRET',
  'Set-Cookie',
  'sessionId',
  'SESSION_ID',
  'token',
];

class Account {
  constructor(name: string) {
    Object.assign(this, { id: 7, [name]: SECRET });
  }
}
class Failure extends Error {
  override name = 'Failure';
}

const key = fc.constantFrom(...KEYS);
const planted: fc.Arbitrary<unknown> = fc.oneof(
  key.map((name) => ({ id: 1, [name]: SECRET })),
  key.map((name) => ({ [name]: { deep: [SECRET] } })),
  key.map((name) => new Map([[name, SECRET]])),
  key.map((name) => [name, SECRET]),
  key.map((name) => `https://host/path?a=1&${name}=${SECRET}&b=2`),
  key.map((name) => JSON.stringify({ a: 1, [name]: SECRET })),
  key.map((name) => Object.assign(new Error(`GET /?${name}=${SECRET}`), { [name]: SECRET })),
  key.map((name) => new Account(name)),
  key.map((name) => Object.assign(Object.create(null), { [name]: SECRET })),
  key.map((name) => ({ rawHeaders: ['Host', 'a', name, SECRET, 'Accept', '*'] })),
  key.map((name) =>
    Object.assign(new Failure('denied'), { config: { headers: { [name]: SECRET } } }),
  ),
  key.map((name) => new Error(`HTTP 401, ${name}: ${SECRET}`)),
  key.map((name) => `a=1&${encodeURIComponent(name)}=${SECRET}#end`),
  key.map((name) => new URLSearchParams([[name, SECRET]]).toString()),
  key.map((name) => JSON.stringify(JSON.stringify({ [name]: SECRET }))),
  key.map((name) => new AggregateError([new Error(`${name}=${SECRET}`)], `all: ${name}=${SECRET}`)),
  fc.constant(`https://user:${SECRET}@host/`),
);
const nested = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    planted,
    fc.record({ a: fc.string(), inner: tie('value') }),
    fc.tuple(fc.integer(), tie('value')),
    tie('value').map((value) => new Set([value])),
    tie('value').map((cause) => new Error('outer', { cause })),
  ),
})).value;

it.each(['smart', 'inspect', 'json'] as const)(
  'a planted secret is in no byte of the ring, and in nothing read, logged or exported: %s',
  async (serializer) => {
    const folder = mkdtempSync(join(tmpdir(), 'aegis-secrets-'));
    const ring = join(folder, 'ring');
    const collector = new TraceCollector({ capacity: 200_000, file: ring });
    const reader = collector.reader();
    const lines: string[] = [];
    const logger = getLogger('secrets', {
      destination: { write: (line) => void lines.push(line) },
    });
    const wrap = monitor({ serializer, collector });
    const echo = wrap((value: unknown) => value);
    const fail = wrap((value: unknown) => {
      throw value;
    });
    try {
      const property = fc.property(nested, (value) => {
        echo(value);
        try {
          fail(value);
        } catch (error) {
          if (error !== value) throw error;
        }
        for (const { attributes, rationale } of [...collector.query(), ...reader.read().events]) {
          expect(JSON.stringify([attributes, rationale])).not.toContain(SECRET);
          logger.info({ attributes }, rationale);
        }
        expect(lines.splice(0).join('')).not.toContain(SECRET);
        collector.clear();
        echo(value);
      });
      fc.assert(property, { numRuns: Math.ceil(RUNS / 3), endOnFailure: true });
      // The memory itself: also what was cleared is still in it.
      expect(readFileSync(ring).includes(SECRET)).toBe(false);
      await collector.exportJson(join(folder, 'export.json'));
      expect(readFileSync(join(folder, 'export.json'), 'utf8')).not.toContain(SECRET);
    } finally {
      collector.close();
      rmSync(folder, { recursive: true });
    }
  },
);
