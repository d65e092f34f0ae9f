// Bodies of OpenTelemetry's own serializers, spoilt in every way: none is a 5xx, and nothing grows.
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { KEYS, startTestHub } from '../support/hub.js';
import { randomFrom } from '../support/random.js';

/** 30 000 in stress. */
const BODIES = process.env.AEGIS_STRESS === '1' ? 30_000 : 1_500;
const GROWTH_MAX_MB = 150;
const TYPES = ['application/x-protobuf', 'application/json'] as const;
const PATHS = ['/v1/traces', '/v1/logs', '/api/public/otel/v1/traces'];

// Not typed: a program of other packages.
const { bodiesOf } = (await import(
  new URL('../otlp-clients/serialized-spans.mjs', import.meta.url).href
)) as { bodiesOf: (type: string, count: number, batch: number) => Buffer[] };

const [protobuf, json] = TYPES.map((type) => bodiesOf(type, 16, 16)[0] as Buffer);

/** Some of: bits turned, bytes cut, doubled, put in or taken out. */
function spoil(body: Buffer, random: () => number): Buffer {
  const at = (length: number): number => Math.floor(random() * length);
  let spoilt = Buffer.from(body);
  for (let times = 1 + at(4); times > 0; times--) {
    const [from, length] = [at(spoilt.length), 1 + at(40)];
    const rest = spoilt.subarray(from + length);
    const kind = at(5);
    if (kind === 0 && from < spoilt.length) spoilt[from] = (spoilt[from] ?? 0) ^ (1 << at(8));
    else if (kind === 1) spoilt = spoilt.subarray(0, from);
    else if (kind === 2)
      spoilt = Buffer.concat([spoilt.subarray(0, from + length), spoilt.subarray(from)]);
    else if (kind === 3) spoilt = Buffer.concat([spoilt.subarray(0, from), rest]);
    else {
      const noise = Buffer.from(Array.from({ length }, () => at(256)));
      spoilt = Buffer.concat([spoilt.subarray(0, from), noise, rest]);
    }
  }
  return spoilt;
}

it(
  `H7: ${BODIES} bodies that are spoilt: no 5xx, no growth, and the hub goes on`,
  async () => {
    const hub = await startTestHub();
    const statuses = new Map<number, number>();
    let atFirstMb = 0;
    for (let seed = 1; seed <= BODIES; seed++) {
      const random = randomFrom(seed);
      const isJson = random() < 0.4;
      const isGzip = random() < 0.3;
      const spoilt = spoil((isJson ? json : protobuf) as Buffer, random);
      const packed = isGzip ? gzipSync(spoilt, { level: 1 }) : spoilt;
      // Sometimes the gzip itself, sometimes under the other name.
      const body = isGzip && random() < 0.3 ? spoil(packed, random) : packed;
      const type = TYPES[random() < 0.9 === isJson ? 1 : 0] as string;
      const response = await fetch(new URL(PATHS[seed % PATHS.length] as string, hub.hub.url), {
        method: 'POST',
        body: new Uint8Array(body),
        headers: {
          authorization: `Bearer ${KEYS.ingest}`,
          'content-type': type,
          ...(isGzip && { 'content-encoding': 'gzip' }),
        },
      });
      const answer = Buffer.from(await response.arrayBuffer());
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      expect([200, 400, 413], `seed ${seed}: ${answer}`).toContain(response.status);
      expect(response.headers.get('content-type'), `seed ${seed}`).toContain(type);
      if (seed === Math.ceil(BODIES / 5)) atFirstMb = process.memoryUsage.rss() / 2 ** 20;
    }
    expect(statuses.get(200)).toBeGreaterThan(BODIES / 50);
    expect(statuses.get(400)).toBeGreaterThan(BODIES / 20);
    expect(hub.notices).toEqual([]);
    expect(process.memoryUsage.rss() / 2 ** 20 - atFirstMb).toBeLessThan(GROWTH_MAX_MB);
    await eventually(async () => expect((await hub.get('/ready')).status).toBe(200));
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  },
  BODIES * 20 + 60_000,
);
