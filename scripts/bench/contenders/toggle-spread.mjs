// From a PATCH of an operator to every one of some processes acting on it, with Redis and without.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startHubProcess } from '../hub-process.mjs';
import { startRedis } from '../redis-process.mjs';
import { percentile } from '../statistics.mjs';

const CHILD = fileURLToPath(new URL('../toggled-process.mjs', import.meta.url));

export async function measure({ folder, processes, switches }) {
  const redis = await startRedis();
  try {
    const withRedis = await spread(folder, { processes, switches, redis });
    const without = await spread(folder, { processes, switches });
    return {
      with_redis_ms: withRedis,
      without_ms: without,
      spread_ms: Math.max(withRedis, without),
    };
  } finally {
    redis.stop();
  }
}

async function spread(folder, { processes, switches, redis }) {
  const more = redis === undefined ? [] : ['--redis', redis.url];
  const hub = await startHubProcess(
    `${folder}/toggle-${redis ? 'r' : 'h'}-${process.pid}.db`,
    more,
  );
  const ask = async (method, path, body) => {
    const headers = {
      authorization: `Bearer ${hub.keys.admin}`,
      'content-type': 'application/json',
    };
    const answer = await fetch(hub.url + path, { method, headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  };
  const children = [];
  try {
    await ask('POST', '/api/v1/projects', { id: 'bench' });
    const source =
      redis === undefined ? { hubUrl: hub.url, key: hub.keys.ingest } : { redisUrl: redis.url };
    const options = JSON.stringify({ projectId: 'bench', ...source });
    for (let index = 0; index < processes; index++) {
      const child = fork(CHILD, [options]);
      children.push(child);
      await once(child, 'message');
    }
    const times = [];
    for (let index = 0; index < switches; index++) {
      const isOn = index % 2 === 1;
      const heard = children.map((child) => heardOf(child, isOn));
      const start = process.hrtime.bigint();
      await ask('PATCH', '/api/v1/projects/bench/tracing', { tracing_enabled: isOn });
      for (const atNs of await Promise.all(heard)) times.push(Number(atNs - start) / 1e6);
    }
    return percentile(Float64Array.from(times), 0.99);
  } finally {
    for (const child of children) child.disconnect();
    await hub.stop();
  }
}

/** When the process has taken the change over: nanoseconds of the machine's steady clock. */
async function heardOf(child, isOn) {
  for (;;) {
    const [message] = await once(child, 'message');
    if (message.isRecording === isOn) return BigInt(message.atNs);
  }
}
