import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TraceCollector } from '../../src/collector/trace-collector.js';
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
  'access-token',
  'Authorization',
  'client_secret',
  'Set-Cookie',
  'token',
];

const key = fc.constantFrom(...KEYS);
const planted: fc.Arbitrary<unknown> = fc.oneof(
  key.map((name) => ({ id: 1, [name]: SECRET })),
  key.map((name) => ({ [name]: { deep: [SECRET] } })),
  key.map((name) => new Map([[name, SECRET]])),
  key.map((name) => [name, SECRET]),
  key.map((name) => `https://host/path?a=1&${name}=${SECRET}&b=2`),
  key.map((name) => JSON.stringify({ a: 1, [name]: SECRET })),
  key.map((name) => Object.assign(new Error(`GET /?${name}=${SECRET}`), { [name]: SECRET })),
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
  'a planted secret is in no byte of the export: %s',
  async (serializer) => {
    const folder = mkdtempSync(join(tmpdir(), 'aegis-secrets-'));
    const collector = new TraceCollector({ capacity: 200_000 });
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
        for (const { attributes, rationale } of collector.query()) {
          expect(JSON.stringify([attributes, rationale])).not.toContain(SECRET);
        }
        collector.clear();
        echo(value);
      });
      fc.assert(property, { numRuns: Math.ceil(RUNS / 3), endOnFailure: true });
      await collector.exportJson(join(folder, 'export.json'));
      expect(readFileSync(join(folder, 'export.json'), 'utf8')).not.toContain(SECRET);
    } finally {
      collector.close();
      rmSync(folder, { recursive: true });
    }
  },
);
