import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
// @ts-expect-error: a script without types
import { memberConfig, zooKeeperConfig } from '../../scripts/lib/cluster-config.mjs';
import { type ServerPorts, TestClickHouse } from './clickhouse.js';
import { type AtEnd, DebianServer, freePort } from './debian-server.js';
import { eventually } from './eventually.js';

/** What it is called in the configuration of its servers. */
export const CLUSTER = 'aegis';

/** Debian's ZooKeeper, in a folder of its own. */
async function startZooKeeper(atEnd: AtEnd, within: string): Promise<number> {
  const folder = mkdtempSync(join(within, 'aegis-zookeeper-'));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'data'));
  const port = await freePort();
  writeFileSync(join(folder, 'zoo.cfg'), zooKeeperConfig(folder, port));
  const args = [
    '-Xmx256m',
    '-Dlog4j.rootLogger=ERROR',
    '-cp',
    '/usr/share/java/zookeeper.jar',
    'org.apache.zookeeper.server.quorum.QuorumPeerMain',
    join(folder, 'zoo.cfg'),
  ];
  await new DebianServer('java', args, { cwd: folder, atEnd }).listens(port);
  // It listens before it serves, and a ClickHouse that it does not serve ends at its first statement.
  await eventually(() => isServing(port));
  return port;
}

async function isServing(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  // It answers and closes. Whom it has accepted before it serves it never answers.
  socket.setTimeout(500, () => socket.destroy(new Error('ZooKeeper does not answer')));
  socket.write('srvr');
  let answer = '';
  for await (const text of socket) answer += text;
  if (!answer.includes('Mode: ')) throw new Error(`ZooKeeper says ${answer}`);
}

/** A cluster of Debian's ClickHouse: shards of replicas, each server on ports of its own. */
export class TestCluster {
  /** Of each shard its replicas. */
  readonly shards: readonly (readonly TestClickHouse[])[];

  private constructor(shards: readonly (readonly TestClickHouse[])[]) {
    this.shards = shards;
  }

  /** @param atEnd - is told how it is ended. Default: when the test has ended. */
  static async start(
    shards: number,
    replicas: number,
    atEnd: AtEnd = onTestFinished,
    within = tmpdir(),
  ): Promise<TestCluster> {
    const zooKeeper = await startZooKeeper(atEnd, within);
    const ports: ServerPorts[][] = [];
    for (let shard = 0; shard < shards; shard++) {
      const own: ServerPorts[] = [];
      for (let replica = 0; replica < replicas; replica++) {
        own.push({ port: await freePort(), tcpPort: await freePort() });
      }
      ports.push(own);
    }
    const started = ports.map((own, shard) =>
      own.map(async (address, replica) => {
        const more = memberConfig({
          cluster: CLUSTER,
          zooKeeper,
          tcpPorts: ports.map((members) => members.map(({ tcpPort }) => tcpPort)),
          shard: shard + 1,
          replica: replica + 1,
          replicaPort: await freePort(),
        });
        return TestClickHouse.start(atEnd, within, address, more);
      }),
    );
    const cluster = new TestCluster(await Promise.all(started.map((own) => Promise.all(own))));
    await Promise.all(cluster.servers.map((server) => eventually(() => hasKeeper(server))));
    return cluster;
  }

  get servers(): TestClickHouse[] {
    return this.shards.flat();
  }

  urlOf(database: string): string {
    const hosts = this.servers.map(({ port }) => `127.0.0.1:${port}`);
    return `clickhouse://${hosts.join(',')}/${database}`;
  }
}

async function hasKeeper(server: TestClickHouse): Promise<void> {
  const answer = await server.ask("SELECT 1 FROM system.zookeeper WHERE path = '/'", 'default');
  if (!answer.startsWith('1')) throw new Error(answer);
}
