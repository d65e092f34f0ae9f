// Requests a second that a service answers on loopback, as it is and with each of the `preloads` loaded before
// it: each a process of its own, all at once, under load in turns.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { openLoad } from '../http-load.mjs';

const inRoot = (path) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** Shares are of the requests that the service answers as it is. */
export async function measure({ preloads, service, path, connections, warmUpMs, turns, turnMs }) {
  const services = [];
  try {
    for (const [name, preload] of [['bare'], ...Object.entries(preloads)]) {
      const server = fork(inRoot(service), {
        execArgv: preload === undefined ? [] : ['--import', inRoot(preload)],
      });
      const started = { name, server, answered: 0, milliseconds: 0 };
      services.push(started);
      const [port] = await once(server, 'message');
      started.load = await openLoad({ port, path, connections });
      await started.load.run(warmUpMs);
    }
    for (let turn = 0; turn < turns; turn++) {
      const first = turn % services.length;
      for (const each of [...services.slice(first), ...services.slice(0, first)]) {
        const { answered, milliseconds } = await each.load.run(turnMs);
        each.answered += answered;
        each.milliseconds += milliseconds;
      }
    }
  } finally {
    for (const { server, load } of services) {
      load?.close();
      server.kill();
    }
  }
  const perSecond = services.map(({ answered, milliseconds }) => (answered / milliseconds) * 1000);
  return Object.fromEntries([
    ['perSecond', perSecond[0]],
    ...services.slice(1).map(({ name }, i) => [name, perSecond[i + 1] / perSecond[0]]),
  ]);
}
