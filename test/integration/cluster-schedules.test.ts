// Two hubs behind a load balancer over a cluster: parts are killed, stopped and started at random while three processes
// send. Whatever happens, each event is there once, and both hubs say the same when all is well again.
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, type TestContext } from 'vitest';
import { RetryAfterError } from '../../src/event/event-sink.js';
import type { RunInfo } from '../../src/event/recorded-event.js';
import { checkHubSink } from '../../src/pipeline/hub-sink-options.js';
import { HubSink } from '../../src/pipeline/sinks/hub.js';
import { initStore } from '../../src/store/clickhouse/schema.js';
import { CLUSTER, TestCluster } from '../support/clickhouse-cluster.js';
import { freePort, requireProgram } from '../support/debian-server.js';
import { eventually } from '../support/eventually.js';
import { makeHubFolder } from '../support/hub.js';
import { HubProcess, keyIn } from '../support/hub-process.js';
import { randomFrom } from '../support/random.js';
import { makeRecorded, makeRun } from '../support/recorded-events.js';
import { TestRedis } from '../support/redis.js';
import { startRoundRobin } from '../support/round-robin.js';

/** 200 in stress. */
const SCHEDULES = process.env.AEGIS_STRESS === '1' ? 200 : 2;
const SENDERS = 3;
const BATCHES = 30;
const BATCH = 20;
const FAULTS = 3;
const DATABASE = 'traces';
const HOUR_MS = 3_600_000;

/** One of two hubs, which comes back at the same port. */
class Hub {
  readonly folder = makeHubFolder();
  readonly port: number;
  readonly #args: readonly string[];
  process: HubProcess;

  constructor(port: number, args: readonly string[], keysOf?: Hub) {
    this.port = port;
    this.#args = ['--port', String(port), ...args];
    if (keysOf !== undefined) {
      mkdirSync(join(this.folder, 'logs'));
      cpSync(join(keysOf.folder, 'logs/hub.keys'), join(this.folder, 'logs/hub.keys'));
    }
    this.process = new HubProcess(this.folder, this.#args);
  }

  async restart(): Promise<void> {
    this.process.child.kill('SIGKILL');
    await this.process.ended;
    this.process = new HubProcess(this.folder, this.#args);
    await this.process.url();
  }

  async get(path: string) {
    const headers = { authorization: `Bearer ${keyIn(this.folder, 'read')}` };
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, { headers });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }
}

interface Parts {
  readonly cluster: TestCluster;
  readonly redis: TestRedis;
  readonly hubs: readonly Hub[];
}

/** Sends what a process has recorded, as a pipeline does: again, until it is acknowledged. */
async function send(url: string, key: string, run: RunInfo): Promise<number> {
  const sink = new HubSink(checkHubSink({ url, key, timeoutMs: 4_000 }, {}));
  let again = 0;
  for (let first = 0; first < BATCHES * BATCH; first += BATCH) {
    const events = Array.from({ length: BATCH }, (_, index) =>
      makeRecorded(first + index, {
        requestId: run.run,
        timestampNs: process.hrtime.bigint(),
      }),
    );
    for (;;) {
      try {
        await sink.append(run, events);
        break;
      } catch (error) {
        again++;
        await sleep(error instanceof RetryAfterError ? error.retryAfterMs : 200);
      }
    }
    await sleep(20);
  }
  await sink.close();
  return again;
}

/** One thing that goes wrong, and is well again. */
async function fail(parts: Parts, below: (most: number) => number): Promise<string> {
  const { cluster, redis, hubs } = parts;
  const hub = hubs[below(hubs.length)] as Hub;
  const server = cluster.servers[below(cluster.servers.length)];
  const ms = 100 + below(1_500);
  const isStopped = below(2) === 0;
  switch (below(3)) {
    case 0:
      if (!isStopped) await hub.restart();
      else {
        hub.process.child.kill('SIGSTOP');
        await sleep(ms * 4);
        hub.process.child.kill('SIGCONT');
      }
      return isStopped ? 'hub stopped' : 'hub killed';
    case 1:
      if (isStopped) {
        server?.signal('SIGSTOP');
        await sleep(ms * 2);
        server?.signal('SIGCONT');
      } else {
        await server?.kill();
        await sleep(ms);
        await server?.start();
      }
      return isStopped ? 'server stopped' : 'server killed';
    default:
      if (isStopped) {
        redis.signal('SIGSTOP');
        await sleep(ms);
        redis.signal('SIGCONT');
      } else {
        await redis.kill();
        await sleep(ms);
        await redis.start();
      }
      return isStopped ? 'Redis stopped' : 'Redis killed';
  }
}

async function startParts(context: TestContext): Promise<Parts & { url: string }> {
  requireProgram(context, 'clickhouse-server', 'clickhouse-server');
  requireProgram(context, 'java', 'zookeeper');
  const redis = await TestRedis.start(context);
  const cluster = await TestCluster.start(2, 2);
  const store = cluster.urlOf(DATABASE);
  await initStore(store, { cluster: CLUSTER });
  const args = ['--store', store, '--redis', redis.url];
  const one = new Hub(await freePort(), args);
  await one.process.url();
  const other = new Hub(await freePort(), args, one);
  await other.process.url();
  const url = await startRoundRobin([one.port, other.port]);
  return { cluster, redis, hubs: [one, other], url };
}

it(
  `${SCHEDULES} random schedules of faults lose nothing and double nothing`,
  async (context) => {
    const { url, ...parts } = await startParts(context);
    const { cluster, hubs } = parts;
    const key = keyIn((hubs[0] as Hub).folder, 'ingest');
    for (let seed = 1; seed <= SCHEDULES; seed++) {
      const random = randomFrom(seed);
      const below = (most: number): number => Math.floor(random() * most);
      const wallNs = BigInt(Date.now()) * 1_000_000n;
      const runs = Array.from({ length: SENDERS }, () =>
        makeRun({ pid: process.pid, steadyNs: process.hrtime.bigint(), wallNs }),
      );
      const sending = Promise.all(runs.map((run) => send(url, key, run)));
      const faults: string[] = [];
      for (let fault = 0; fault < FAULTS; fault++) {
        await sleep(below(400));
        faults.push(await fail(parts, below));
      }
      const said = `seed ${seed}: ${faults.join(', ')}`;
      await sending;
      // Both answer the same, for each process all of its events, and each once.
      for (const { run } of runs) {
        for (const hub of hubs) {
          await eventually(async () => {
            const { items } = await hub.get(`/traces/${run}?fields=brief`);
            const sequences = items.map(({ sequence }: { sequence: number }) => sequence);
            expect(
              sequences.sort((a: number, b: number) => a - b),
              said,
            ).toEqual(Array.from({ length: BATCHES * BATCH }, (_, index) => index));
          });
        }
      }
      // What is HOT at one is so at the other within a second, which the bench measures.
      await eventually(async () => {
        for (const hub of hubs)
          expect(await hub.get('/ready'), said).toMatchObject({ redis: 'up' });
      });
      const [one, other] = hubs as readonly [Hub, Hub];
      await fetch(`http://127.0.0.1:${one.port}/tracing/enable/r-${seed}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${keyIn(one.folder, 'read')}` },
      });
      await eventually(async () => {
        const { items } = await other.get('/tracing/status');
        expect(
          items.map(({ id }: { id: string }) => id),
          said,
        ).toContain(`r-${seed}`);
      });
    }
    // The replicas of a shard have the same.
    for (const replicas of cluster.shards) {
      const counts = replicas.map((server) =>
        server.ask('SELECT count(), uniqExact(run, sequence) FROM event', `${DATABASE}_shard`),
      );
      const [first, second] = await Promise.all(counts);
      expect(first).toBe(second);
      const [count, unique] = (first as string).trim().split('\t');
      expect(count).toBe(unique);
    }
  },
  SCHEDULES * HOUR_MS,
);
