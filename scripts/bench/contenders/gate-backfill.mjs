// From the question for a COLD request to the last of its retained events in the hub: three processes have a part each.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { HubLoad, startHubProcess } from '../hub-process.mjs';
import { makeRequestIds } from '../payload.mjs';
import { percentile } from '../statistics.mjs';
import { GATE_FLAGS } from './gate-record.mjs';

const PROCESSES = 3;
const LOOK_MS = 5;
const worker = fileURLToPath(new URL('../gated-process.mjs', import.meta.url));

export async function measure({ folder, requests, eventsEach, capacity }) {
  const hub = await startHubProcess(`${folder}/backfill.db`, GATE_FLAGS);
  const load = new HubLoad(hub);
  const ids = makeRequestIds(requests);
  const children = Array.from({ length: PROCESSES }, () =>
    fork(worker, [
      JSON.stringify({ url: hub.url, key: hub.keys.ingest, ids, eventsEach, capacity }),
    ]),
  );
  try {
    await Promise.all(children.map((child) => once(child, 'message')));
    const expected = PROCESSES * eventsEach;
    const times = [];
    for (const id of ids) {
      const start = performance.now();
      let { text } = await load.ask(`/traces/${id}?fields=brief`);
      while (JSON.parse(text).items.length < expected) {
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
        ({ text } = await load.ask(`/traces/${id}?fields=brief`));
      }
      times.push(performance.now() - start);
    }
    return { backfill_ms: percentile(Float64Array.from(times), 0.95) };
  } finally {
    for (const child of children) child.kill('SIGKILL');
    load.close();
    await hub.stop();
  }
}
