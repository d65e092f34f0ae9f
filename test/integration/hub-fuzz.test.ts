// Every path of the hub under requests made from its own schema, and spoilt ones: none is a 5xx.
import { readFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { KEYS, startTestHub } from '../support/hub.js';
import { expectSchema } from '../support/hub-schema.js';
import { makeEvents, makeRun } from '../support/recorded-events.js';

/** 100 000 in stress. */
const REQUESTS = process.env.AEGIS_STRESS === '1' ? 100_000 : 1_500;
/** Resident memory may grow by so much over all of them, MB. */
const GROWTH_MAX_MB = 150;

type Schema = Record<string, unknown>;

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  schema: Schema;
}

interface Operation {
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema }> };
}

const { paths } = JSON.parse(
  readFileSync(new URL('../../src/hub/openapi.json', import.meta.url), 'utf8'),
) as { paths: Record<string, Record<string, Operation>> };

const WORDS = [
  '',
  'x',
  'gpu.*',
  'ERR',
  '-1',
  '0',
  '50',
  '__proto__',
  'constructor',
  '\0',
  '%00',
  '../..',
  "' OR 1=1 --",
  '2026-11-25T10:00:00Z',
  '9223372036854775808',
  'status:ERR dur>5ms',
  'a'.repeat(3_000),
  '🦉',
];
const anyText = fc.oneof(fc.constantFrom(...WORDS), fc.string({ unit: 'grapheme', maxLength: 40 }));
const anyJson = fc.jsonValue({ maxDepth: 3 });

/** A text as it is described; of most any will do. */
function textOf(description: string): fc.Arbitrary<string> {
  if (description.startsWith('ISO 8601')) return fc.constantFrom('2026-11-25T10:00:00Z', '17856');
  if (description.startsWith('Of 64 bits'))
    return fc.constantFrom('1544712660000000000', '-1', '9223372036854775808', 'x');
  if (description.startsWith('A query line'))
    return fc.constantFrom('status:ERR dur>5ms', '-x', '(');
  return anyText;
}

/** Values that a schema allows, roughly: what is left is spoilt afterwards. */
function anyOf(schema: Schema): fc.Arbitrary<unknown> {
  const of = schema.anyOf as Schema[] | undefined;
  if (of !== undefined) return fc.oneof(...of.map(anyOf));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (Array.isArray(schema.enum)) return fc.constantFrom(...(schema.enum as unknown[]));
  const type = Array.isArray(schema.type) ? (schema.type[0] as string) : schema.type;
  if (type === 'integer') return fc.oneof(fc.nat(2_000), fc.maxSafeInteger());
  if (type === 'number') return fc.double({ noNaN: true, noDefaultInfinity: true });
  if (type === 'string' && schema.format === 'uuid') return fc.uuid();
  if (type === 'string' && schema.pattern === '^[0-9a-fA-F]*$')
    return fc.constantFrom('5B8EFFF798038103D269B633813FC60C', 'eee19b7ec3c1b174', '', '0');
  if (type === 'string') return textOf(String(schema.description ?? ''));
  if (type === 'boolean') return fc.boolean();
  if (type === 'array') return fc.array(anyOf(schema.items as Schema), { maxLength: 4 });
  if (type !== 'object') return anyJson;
  const entries = Object.entries((schema.properties ?? {}) as Record<string, Schema>);
  return fc.record(Object.fromEntries(entries.map(([name, value]) => [name, anyOf(value)])), {
    requiredKeys: [],
  });
}

interface Sent {
  method: string;
  path: string;
  body: string | undefined;
  key: string | undefined;
}

function requestOf(
  template: string,
  method: string,
  { parameters = [], requestBody }: Operation,
): fc.Arbitrary<Sent> {
  const isRequired = method === 'post' ? [KEYS.ingest, KEYS.admin] : [KEYS.read];
  // Few at a time: with many, one of them is wrong in nearly every request.
  const optional = parameters.filter((parameter) => parameter.required !== true);
  const values = fc
    .subarray(optional, { maxLength: Math.min(2, optional.length) })
    .chain((chosen) =>
      fc.record(
        Object.fromEntries(
          parameters
            .filter((parameter) => parameter.required === true || chosen.includes(parameter))
            .map(({ name, schema }) => [
              name,
              fc.oneof({ weight: 8, arbitrary: anyOf(schema) }, anyText),
            ]),
        ),
      ),
    ) as fc.Arbitrary<Record<string, unknown>>;
  const schema = requestBody && Object.values(requestBody.content)[0]?.schema;
  const body =
    schema === undefined
      ? fc.constant(undefined)
      : fc.oneof({ weight: 4, arbitrary: anyOf(schema) }, anyJson);
  const spoils = fc.constantFrom(
    '{',
    '{',
    '{',
    '{',
    '{',
    '{',
    '{"__proto__":{"polluted":1},',
    '{"surprise":1,',
  );
  const extra = fc.option(anyText, { freq: 10, nil: undefined });
  const key = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...isRequired) },
    fc.constant(undefined),
  );
  return fc.tuple(values, body, extra, key, spoils).map(([given, value, more, used, start]) => {
    const query = new URLSearchParams();
    let path = template;
    for (const { name, in: where } of parameters) {
      if (!Object.hasOwn(given, name)) continue;
      const text = String(given[name]);
      if (where === 'path') path = path.replace(`{${name}}`, encodeURIComponent(text) || 'x');
      else query.set(name, text);
    }
    if (more !== undefined) query.append('surprise', more);
    const search = query.size > 0 ? `?${query}` : '';
    return {
      method: method.toUpperCase(),
      path: path + search,
      body: value === undefined ? undefined : JSON.stringify(value).replace(/^\{(?=")/, start),
      key: used,
    };
  });
}

// Streams do not end by themselves.
const requests = Object.entries(paths)
  .filter(([path]) => !/\/(stream|changes)$/.test(path))
  .flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => requestOf(path, method, operation)),
  );

it(
  `${REQUESTS} requests made from the schemas of all paths: no 5xx, no growth, nothing polluted`,
  async () => {
    const hub = await startTestHub();
    await hub.send(makeRun(), makeEvents(200));
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    onTestFinished(() => agent.destroy());
    const send = ({ method, path, body, key }: Sent) =>
      new Promise<{ status: number; text: string; isJson: boolean }>((resolve, reject) => {
        const headers = {
          ...(key !== undefined && { authorization: `Bearer ${key}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        };
        const sent = httpRequest(
          new URL(path, hub.hub.url),
          { method, agent, headers },
          (response) => {
            const parts: Buffer[] = [];
            response.on('data', (part: Buffer) => parts.push(part));
            response.on('end', () =>
              resolve({
                status: response.statusCode ?? 0,
                text: Buffer.concat(parts).toString(),
                isJson: response.headers['content-type']?.includes('json') === true,
              }),
            );
          },
        );
        sent.on('error', reject);
        sent.end(body);
      });
    const statuses = new Map<number, number>();
    let atFirstMb = 0;
    let count = 0;
    await fc.assert(
      fc.asyncProperty(fc.oneof(...requests), async (sent) => {
        const { status, text, isJson } = await send(sent);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        expect(status, `${sent.method} ${sent.path} ${sent.body ?? ''} ${text}`).toBeLessThan(500);
        if (isJson) expectSchema(sent.method, sent.path, status, JSON.parse(text));
        if (++count === Math.ceil(REQUESTS / 10)) atFirstMb = process.memoryUsage.rss() / 2 ** 20;
      }),
      { numRuns: REQUESTS, endOnFailure: true },
    );
    expect(statuses.get(200)).toBeGreaterThan(REQUESTS / 20);
    expect(statuses.get(400)).toBeGreaterThan(REQUESTS / 20);
    expect(hub.notices).toEqual([]);
    expect(process.memoryUsage.rss() / 2 ** 20 - atFirstMb).toBeLessThan(GROWTH_MAX_MB);
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect((await hub.get('/ready')).status).toBe(200);
  },
  REQUESTS * 20 + 60_000,
);
