// What leaves a process that records steadily, has no errors, and whose requests nobody asks for: counted in front of
// the hub, in both directions' sum what the process sends.

import { connect, createServer } from 'node:net';
import { TraceCollector } from 'aegis-trace';
import { startPipeline } from 'aegis-trace/pipeline';
import { startHubProcess } from '../hub-process.mjs';
import { makeInput, makeRequestIds } from '../payload.mjs';

const SETTLE_MS = 2_000;

export async function measure({ folder, perSecond, seconds }) {
  const hub = await startHubProcess(`${folder}/bytes.db`);
  const counter = await startCounter(new URL(hub.url).port);
  const collector = new TraceCollector({ capacity: 100_000 });
  const pipeline = await startPipeline({
    collector,
    sink: {
      hub: { url: `http://127.0.0.1:${counter.port}`, key: hub.keys.ingest, adaptive: true },
    },
    metricsEventIntervalMs: 0,
  });
  try {
    // The process says who it is once.
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const before = counter.sent();
    const ids = makeRequestIds(1000);
    const total = perSecond * seconds;
    const start = performance.now();
    for (let index = 0; index < total; ) {
      const due = Math.min(total, Math.floor(((performance.now() - start) / 1000) * perSecond));
      for (; index < due; index++) collector.record(makeInput(ids[index % ids.length]));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await pipeline.flush();
    const { heldBack, lost } = pipeline.metrics();
    if (heldBack < 0.99 * total) throw new Error(`${heldBack} of ${total} events were held back`);
    return { cold_bytes: ((counter.sent() - before) * 60) / seconds, lost };
  } finally {
    await pipeline.close();
    collector.close();
    counter.close();
    await hub.stop();
  }
}

/** Passes connections on and counts what clients send. */
function startCounter(port) {
  let sent = 0;
  const sockets = new Set();
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (bytes) => {
      sent += bytes.length;
    });
    client.pipe(upstream).pipe(client);
  });
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () =>
      resolve({ port: server.address().port, sent: () => sent, close }),
    );
  });
}
