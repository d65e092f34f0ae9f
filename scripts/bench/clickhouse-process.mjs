// Debian's ClickHouse on free ports of this machine, with a store in it for each name that is asked for.

import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { initStore } from '../../dist/store/clickhouse/schema.js';
import { freePort } from '../lib/free-port.mjs';
import { ScriptError } from '../lib/run.mjs';

const LISTENS_MS = 30_000;

/** Starts clickhouse-server with its data in a folder. */
export async function startClickHouse(folder) {
  const [port, tcpPort] = [await freePort(), await freePort()];
  mkdirSync(`${folder}/data`, { recursive: true });
  writeFileSync(
    `${folder}/users.xml`,
    `<yandex>
      <profiles><default><max_memory_usage>8000000000</max_memory_usage></default></profiles>
      <users><default>
        <password></password><networks><ip>127.0.0.1</ip></networks>
        <profile>default</profile><quota>default</quota>
      </default></users>
      <quotas><default></default></quotas>
    </yandex>`,
  );
  writeFileSync(
    `${folder}/config.xml`,
    `<yandex>
      <logger><level>fatal</level><console>1</console></logger>
      <listen_host>127.0.0.1</listen_host>
      <http_port>${port}</http_port><tcp_port>${tcpPort}</tcp_port>
      <path>${folder}/data/</path><tmp_path>${folder}/data/tmp/</tmp_path>
      <user_files_path>${folder}/data/user_files/</user_files_path>
      <mark_cache_size>268435456</mark_cache_size>
      <users_config>users.xml</users_config>
      <default_profile>default</default_profile><default_database>default</default_database>
    </yandex>`,
  );
  const flags = [`--config-file=${folder}/config.xml`];
  const child = spawn('clickhouse-server', flags, { stdio: 'ignore', cwd: folder });
  const failed = new Promise((_, reject) => {
    const message = 'clickhouse-server is not installed: apt-get install clickhouse-server';
    child.once('error', () => reject(new ScriptError(message)));
  });
  await Promise.race([answers(port), failed]);
  return {
    /** The URL of a store that is made now. */
    async store(name) {
      const url = `clickhouse://127.0.0.1:${port}/${name}`;
      await initStore(url);
      return url;
    },
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', resolve);
        child.kill('SIGKILL');
      }),
  };
}

async function answers(port) {
  const end = performance.now() + LISTENS_MS;
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/ping`).catch(() => undefined);
    if (answer?.ok) return;
    if (performance.now() > end) throw new ScriptError('clickhouse-server does not answer');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
