// Requests a second that a service answers on loopback, in a process of its own, with a module loaded before it or none.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';

const inRoot = (path) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

export async function measure({ preload, service, path, seconds, connections }) {
  const server = fork(inRoot(service), {
    execArgv: preload === undefined ? [] : ['--import', inRoot(preload)],
  });
  try {
    const [port] = await once(server, 'message');
    const load = (duration) =>
      autocannon({ url: `http://127.0.0.1:${port}${path}`, connections, duration });
    await load(1);
    const result = await load(seconds);
    if (result.non2xx + result.errors > 0) throw new Error('a request failed under load');
    return { perSecond: result.requests.total / result.duration };
  } finally {
    server.kill();
  }
}
