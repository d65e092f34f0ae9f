// What a cluster is made of: ZooKeeper, ClickHouse in shards of replicas, Redis, hubs, and nginx in front of them.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { memberConfig, zooKeeperConfig } from '../../lib/cluster-config.mjs';
import { freePort } from '../../lib/free-port.mjs';
import { CLI } from '../report/terminal.mjs';
import { askPort, Server } from './server.mjs';

/** What it is called in the configuration of its servers. */
export const CLUSTER = 'demo';

const folderOf = (folder, name) => {
  const own = join(folder, name);
  mkdirSync(own, { recursive: true });
  return own;
};

/** @returns its port */
export async function startZooKeeper(folder, started) {
  const own = folderOf(folder, 'zookeeper');
  const port = await freePort();
  const config = join(own, 'zoo.cfg');
  writeFileSync(config, zooKeeperConfig(own, port));
  const main = 'org.apache.zookeeper.server.quorum.QuorumPeerMain';
  const server = new Server({
    program: 'java',
    args: ['-Xmx256m', '-cp', '/usr/share/java/zookeeper.jar', main, config],
    package: 'zookeeper default-jre-headless',
    cwd: own,
    isThere: async () => {
      if (!(await askPort(port, 'srvr')).includes('Mode: ')) throw new Error('it does not serve');
    },
  });
  started.push(server);
  await server.start();
  return port;
}

/** @returns of each shard its replicas: `{ port, server }` */
export async function startClickHouses(folder, { zooKeeper, shards, replicas }, started) {
  const places = [];
  for (let shard = 1; shard <= shards; shard++) {
    const own = [];
    for (let replica = 1; replica <= replicas; replica++) {
      const [port, tcpPort, replicaPort] = [await freePort(), await freePort(), await freePort()];
      own.push({ shard, replica, port, tcpPort, replicaPort });
    }
    places.push(own);
  }
  const servers = places.map((own) =>
    own.map(async (place) => {
      const server = clickHouse(folder, { zooKeeper, places, place });
      started.push(server);
      return { port: place.port, server: await server.start() };
    }),
  );
  return Promise.all(servers.map((own) => Promise.all(own)));
}

function clickHouse(folder, { zooKeeper, places, place }) {
  const { shard, replica, port, tcpPort, replicaPort } = place;
  const own = folderOf(folder, `clickhouse-${shard}-${replica}`);
  mkdirSync(`${own}/data`, { recursive: true });
  const tcpPorts = places.map((members) => members.map((member) => member.tcpPort));
  const identity = { shard, replica, replicaPort };
  const member = memberConfig({ cluster: CLUSTER, zooKeeper, tcpPorts, ...identity });
  writeFileSync(
    `${own}/users.xml`,
    `<yandex><profiles><default><max_memory_usage>2000000000</max_memory_usage></default></profiles>
      <users><default><password></password><networks><ip>127.0.0.1</ip></networks>
        <profile>default</profile><quota>default</quota></default></users>
      <quotas><default></default></quotas></yandex>`,
  );
  writeFileSync(
    `${own}/config.xml`,
    `<yandex>
      <logger><level>fatal</level><console>1</console></logger>
      <listen_host>127.0.0.1</listen_host>
      <http_port>${port}</http_port><tcp_port>${tcpPort}</tcp_port>
      <path>${own}/data/</path><tmp_path>${own}/data/tmp/</tmp_path>
      <user_files_path>${own}/data/user_files/</user_files_path>
      <mark_cache_size>67108864</mark_cache_size>
      <users_config>users.xml</users_config>
      <default_profile>default</default_profile><default_database>default</default_database>
      ${member}
    </yandex>`,
  );
  const keeper = "SELECT 1 FROM system.zookeeper WHERE path = '/'";
  return new Server({
    program: 'clickhouse-server',
    args: [`--config-file=${own}/config.xml`],
    package: 'clickhouse-server',
    cwd: own,
    isThere: async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: keeper });
      if (!answer.ok) throw new Error(await answer.text());
    },
  });
}

/** @returns `{ url, server }` */
export async function startRedis(folder, started) {
  const port = await freePort();
  const server = new Server({
    program: 'redis-server',
    args: ['--port', String(port), '--bind', '127.0.0.1', '--save', ''],
    package: 'redis-server',
    cwd: folderOf(folder, 'redis'),
    isThere: () => askPort(port),
  });
  started.push(server);
  return { url: `redis://127.0.0.1:${port}`, server: await server.start() };
}

/** @returns `{ port, server }` */
export async function startHub(folder, name, { store, redis, keysFile, more }, started) {
  const port = await freePort();
  const shared = ['--store', store, '--redis', redis, '--keys-file', keysFile];
  const server = new Server({
    program: process.execPath,
    args: [CLI, 'hub', '--port', String(port), ...shared, ...more],
    package: 'nodejs',
    cwd: folderOf(folder, name),
    isThere: async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/ready`);
      if (!answer.ok) throw new Error(await answer.text());
    },
  });
  started.push(server);
  return { port, server: await server.start() };
}

/** In front of hubs. @returns its URL */
export async function startNginx(folder, hubs, started) {
  const own = folderOf(folder, 'nginx');
  const port = await freePort();
  const upstreams = hubs.map((hub) => `server 127.0.0.1:${hub.port} max_fails=1 fail_timeout=1s;`);
  writeFileSync(
    `${own}/nginx.conf`,
    `${process.getuid() === 0 ? 'user root;' : ''}
    daemon off; master_process off; pid ${own}/nginx.pid; error_log ${own}/error.log;
    events {}
    http {
      access_log off; client_max_body_size 64m;
      client_body_temp_path ${own}/body; proxy_temp_path ${own}/proxy; fastcgi_temp_path ${own}/fastcgi;
      uwsgi_temp_path ${own}/uwsgi; scgi_temp_path ${own}/scgi;
      upstream hubs { ${upstreams.join(' ')} keepalive 16; }
      server {
        listen 127.0.0.1:${port};
        location / {
          proxy_pass http://hubs; proxy_http_version 1.1; proxy_buffering off;
          proxy_set_header Connection ""; proxy_set_header Host $http_host;
        }
      }
    }`,
  );
  const server = new Server({
    program: 'nginx',
    args: ['-c', `${own}/nginx.conf`, '-p', own, '-e', `${own}/error.log`],
    package: 'nginx-light',
    cwd: own,
    isThere: () => askPort(port),
  });
  started.push(server);
  await server.start();
  return `http://127.0.0.1:${port}`;
}
