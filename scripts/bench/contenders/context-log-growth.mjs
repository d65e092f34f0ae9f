// What the id adds to the log of a service: Fastify's own request lines, two lines of the application, one failure in fifty.

import fastify from 'fastify';
import pino from 'pino';
import { operationIdMixin, operationPlugin } from '../../../dist/context/index.js';

/** A container's name, as it stands in every line that pino writes there. */
const BASE = { pid: 1, hostname: 'orders-7d9f8b6c5d-x2x4q' };

export async function measure({ requests }) {
  const bare = await bytesOf(requests, {});
  const withId = await bytesOf(requests, { mixin: operationIdMixin });
  return { bareBytes: bare, withIdBytes: withId, growth: withId / bare - 1 };
}

async function bytesOf(requests, options) {
  let bytes = 0;
  const write = (line) => {
    bytes += Buffer.byteLength(line);
  };
  // lint-loggers: allow it is measured with and without the mixin
  const app = fastify({ loggerInstance: pino({ base: BASE, ...options }, { write }) });
  await app.register(operationPlugin);
  app.get('/api/v1/orders/:id', async (request) => {
    const { id } = request.params;
    request.log.info({ order: id, customer: 'c-20931' }, 'order loaded');
    if (Number(id) % 50 === 0) throw new Error('stock service did not answer');
    request.log.info({ order: id, items: 3, total: 99.5 }, 'order priced');
    return { id };
  });
  for (let n = 0; n < requests; n++) await app.inject(`/api/v1/orders/${10_000 + n}`);
  await app.close();
  return bytes;
}
