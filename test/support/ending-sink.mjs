// A sink module of a child that ends: keeps the request ids in a file, a line each. options: { path, how }:
// `down` takes nothing, `blocks` never gives its thread back, `reads` hangs in a call of the system: it
// opens the FIFO `fifo`, into which nobody writes.
import { appendFileSync, openSync } from 'node:fs';

export default ({ path, fifo, how }) => ({
  async append(_run, events) {
    if (how === 'down') throw new Error('down on purpose');
    if (how === 'blocks') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    if (how === 'reads') openSync(fifo, 'r');
    const ids = events.filter(({ event }) => event.component === 'child');
    appendFileSync(path, ids.map(({ event }) => `${event.requestId}\n`).join(''));
    return { inserted: events.length, duplicates: 0, rejected: [] };
  },
  async close() {},
});
