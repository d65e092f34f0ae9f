// A hub at 10 000 events a second for ten minutes, and clients that try to keep its connections.
import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { formatBatch } from '../../src/wire/batch.js';
import { KEYS, makeHubFolder, startTestHub } from '../support/hub.js';
import { HubProcess, keyIn } from '../support/hub-process.js';
import { makeEvents, makeRecorded, makeRun } from '../support/recorded-events.js';

const PER_SECOND = 10_000;
const BATCH = 100;
const SECONDS = 600;
const RETENTION_HOURS = '0.05';
/** What memory and the log may grow by between the second and the last quarter. */
const GROWTH_MAX_MB = 30;

const rssMb = async (pid: number): Promise<number> =>
  Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

it(`${PER_SECOND} events a second for ${SECONDS} s: none lost, memory and log flat`, async () => {
  const folder = makeHubFolder();
  const hub = new HubProcess(folder, ['--port', '0', '--retention-hours', RETENTION_HOURS]);
  const url = await hub.url();
  const key = keyIn(folder, 'ingest');
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  onTestFinished(() => agent.destroy());
  const run = makeRun();
  const post = (body: string) =>
    new Promise<{ inserted: number }>((resolve, reject) => {
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
      const sent = httpRequest(`${url}/ingest`, { method: 'POST', agent, headers }, (response) => {
        let text = '';
        response.on('data', (part) => {
          text += part;
        });
        response.on('end', () => resolve(JSON.parse(text) as { inserted: number }));
      });
      sent.on('error', reject);
      sent.end(body);
    });
  const samples: { rss: number; wal: number }[] = [];
  const pending = new Set<Promise<void>>();
  let inserted = 0;
  let sequence = 0;
  const start = performance.now();
  for (let second = 0; second < SECONDS; second++) {
    for (let part = 0; part < PER_SECOND / BATCH; part++) {
      const due = start + 1_000 * (second + (part * BATCH) / PER_SECOND);
      if (due > performance.now() + 1) await sleep(due - performance.now());
      const events = Array.from({ length: BATCH }, () =>
        makeRecorded(sequence++, { requestId: `r${sequence % 5_000}` }),
      );
      const sent = post(formatBatch({ run, events })).then((answer) => {
        inserted += answer.inserted;
      });
      pending.add(sent);
      void sent.finally(() => pending.delete(sent));
      expect(pending.size).toBeLessThan(2_000);
    }
    const rss = await rssMb(hub.child.pid as number);
    samples.push({ rss, wal: statSync(join(folder, 'logs/observability.db-wal')).size / 2 ** 20 });
  }
  await Promise.all(pending);
  expect(inserted).toBe(SECONDS * PER_SECOND);
  const quarter = Math.floor(samples.length / 4);
  for (const name of ['rss', 'wal'] as const) {
    const values = samples.map((sample) => sample[name]);
    const growth = mean(values.slice(-quarter)) - mean(values.slice(quarter, 2 * quarter));
    expect(growth, `${name}: ${values.filter((_, at) => at % 60 === 0).join(', ')}`).toBeLessThan(
      GROWTH_MAX_MB,
    );
  }
  hub.child.kill('SIGTERM');
  expect(await hub.ended).toEqual({ code: 0, signal: null });
}, 900_000);

it('a request of a byte a second, and a client that never reads its answer, are let go', async () => {
  const hub = await startTestHub();
  const attributes = { pad: 'x'.repeat(100_000) };
  for (let batch = 0; batch < 4; batch++) {
    const events = Array.from({ length: 50 }, (_, n) => makeRecorded(n, { attributes }));
    await hub.send(makeRun(), events);
  }
  const slow = connect(hub.hub.port, '127.0.0.1');
  const deaf = connect(hub.hub.port, '127.0.0.1');
  const started = performance.now();
  const endedMs = [slow, deaf].map(
    (socket) =>
      new Promise<number>((resolve) => {
        socket.on('error', () => {});
        socket.on('close', () => resolve(performance.now() - started));
      }),
  );
  slow.write('GET /health HTTP/1.1\r\nhost: localhost\r\nx-slow: ');
  const drip = setInterval(() => slow.write('a'), 1_000);
  onTestFinished(() => clearInterval(drip));
  slow.resume();
  // 20 MB, more than the system's own buffers take.
  deaf.pause();
  deaf.write(
    `GET /recent?limit=200 HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${KEYS.read}\r\n\r\n`,
  );
  expect(await endedMs[0]).toBeLessThan(20_000);
  // Twice the silence: in the first one the system's buffers took some. Who then reads gets what they hold, and the end.
  await sleep(Math.max(0, 70_000 - (performance.now() - started)));
  let bytes = 0;
  deaf.on('data', (part) => {
    bytes += part.length;
  });
  deaf.resume();
  await endedMs[1];
  expect(bytes).toBeLessThan(15_000_000);
  expect((await hub.send(makeRun(), makeEvents(1))).json).toMatchObject({ inserted: 1 });
}, 120_000);
