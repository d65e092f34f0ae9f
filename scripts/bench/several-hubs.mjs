// Hubs with one ClickHouse and one Redis, each a process of its own.

import { mkdirSync } from 'node:fs';
import { startHubProcess } from './hub-process.mjs';

/** Starts so many; `more` are flags of each. */
export async function startHubs(folder, { clickhouse, redis, hubs, more = [] }) {
  const flags = ['--store', clickhouse, '--redis', redis, ...more];
  const started = [];
  for (let number = 1; number <= hubs; number++) {
    // Keys are beside it.
    mkdirSync(`${folder}/hub-${number}`, { recursive: true });
    started.push(await startHubProcess(`${folder}/hub-${number}/hub.db`, flags));
  }
  return started;
}
