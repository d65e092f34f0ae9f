// `npm start -- --cluster`: the scheduler as three processes, which send everything through nginx to two hubs with a Redis
// over four ClickHouse servers. Kills a replica, a hub and Redis while it runs; proves that nothing is missing or twice.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ScriptError } from '../../lib/run.mjs';
import { nearName } from '../files.mjs';
import { createProject, prepare, startServices } from '../hub.mjs';
import { compareHub, HubReader } from '../proof/hub-check.mjs';
import { fields, plural, seconds } from '../report/report.mjs';
import { heading, printWithCli, say } from '../report/terminal.mjs';
import { count } from '../scheduler/phrases.mjs';
import {
  CLUSTER,
  startClickHouses,
  startHub,
  startNginx,
  startRedis,
  startZooKeeper,
} from './parts.mjs';

/** Slow enough for each part to be away in turn. */
const SPEED_DEFAULT = 12;
const SHARDS = 2;
const REPLICAS = 2;
const DATABASE = 'traces';
/** Before the first is killed, between them, and how long each is away. */
const QUIET_MS = 5_000;
const AWAY_MS = 4_000;

/** Starts everything. */
async function startParts(folder, started) {
  const redis = await startRedis(folder, started);
  const zooKeeper = await startZooKeeper(folder, started);
  const shape = { zooKeeper, shards: SHARDS, replicas: REPLICAS };
  const shards = await startClickHouses(folder, shape, started);
  const hosts = shards.flat().map(({ port }) => `127.0.0.1:${port}`);
  const store = `clickhouse://${hosts.join(',')}/${DATABASE}`;
  await printWithCli('store', 'init', '--cluster', CLUSTER, '--url', store);
  const keysFile = join(folder, 'hub.keys');
  // Nothing stays at home: what is proven is about all that was recorded.
  const shared = { store, redis: redis.url, keysFile, more: ['--tracing', 'off'] };
  const hubs = [];
  for (const name of ['hub-1', 'hub-2']) {
    hubs.push(await startHub(folder, name, shared, started));
  }
  const url = await startNginx(folder, hubs, started);
  const keys = readFileSync(keysFile, 'utf8').split('\n');
  const keyOf = (scope) => keys.find((line) => line.startsWith(`${scope} `)).split(' ')[1];
  const hub = {
    url,
    ingestKey: keyOf('ingest'),
    readKey: keyOf('read'),
    adminKey: keyOf('ingest,read,admin'),
  };
  return { redis, shards, hubs, hub };
}

/** Kills one after the other, and starts it again. */
async function killInTurn({ redis, shards, hubs }, isOver) {
  const victims = {
    'a replica of the first shard': shards[0][1].server,
    'the first hub': hubs[0].server,
    Redis: redis.server,
  };
  const startMs = performance.now();
  const done = [];
  for (const [name, server] of Object.entries(victims)) {
    await sleep(QUIET_MS);
    if (isOver()) break;
    const at = seconds((performance.now() - startMs) * 1e6);
    await server.kill();
    await sleep(AWAY_MS);
    await server.start();
    say(`  after ${at}: ${name} killed, and started again ${seconds(AWAY_MS * 1e6)} later`);
    done.push(name);
  }
  return done;
}

/** @param {import('../options.mjs').DemoOptions} options */
export async function runCluster({ speed, ...options }) {
  const asked = speed ?? (options.seconds === undefined ? SPEED_DEFAULT : undefined);
  const plan = await prepare({ ...options, speed: asked });
  const folder = mkdtempSync(join(tmpdir(), 'aegis-cluster-'));
  const started = [];
  let services = [];
  heading('The scheduler as three processes, two hubs, and a cluster');
  try {
    const parts = await startParts(folder, started);
    const { hub } = parts;
    say(
      ...fields({
        store: [`${SHARDS} shards of ${REPLICAS} replicas, ClickHouse with ZooKeeper`],
        hubs: [`two with one Redis, behind nginx at ${hub.url}`],
        workload: [
          `${plural(plan.requests, 'request')}, ${count(plan.cost.speed)} times faster than they came`,
        ],
      }),
    );
    await createProject(hub);
    services = await startServices(hub, plan.sent);
    let isOver = false;
    const working = services[0].says().then((said) => {
      isOver = true;
      return said;
    });
    const killed = await killInTurn(parts, () => isOver);
    const { counts, elapsedNs } = await working;
    const ends = await Promise.all(
      services.map((service, index) => service.end(plan.exports[index])),
    );
    const reader = new HubReader(hub.url, hub.readKey);
    const compared = await compareHub(reader, plan.exports, undefined, { isAllSent: true });
    const problems = [...compared.problems];
    for (const [index, { isSent, metrics }] of ends.entries()) {
      if (!isSent || metrics.lost + metrics.lostErrors + metrics.rejected > 0) {
        problems.push(`${nearName(plan.exports[index])}: not all of its events were sent or kept`);
      }
    }
    heading('Result');
    say(
      ...fields({
        requests: [`${count(counts.arrived)} in ${seconds(elapsedNs)}`],
        killed: [killed.join(', ')],
        recorded: [`${count(compared.perRing.reduce((sum, events) => sum + events, 0))} events`],
        stored: [`${count(compared.inHub)} events, each as in its ring, none missing, none twice`],
      }),
    );
    if (killed.length < 3)
      problems.push('it was over before each part was killed: give a lower --speed');
    if (problems.length > 0) {
      const lines = problems.map((text) => `  ${text}`).join('\n');
      throw new ScriptError(`the cluster has not what it was sent:\n${lines}`);
    }
  } finally {
    for (const service of services) service.kill();
    await Promise.all(started.map((server) => server.kill()));
    rmSync(folder, { recursive: true, force: true });
  }
}
