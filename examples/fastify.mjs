// The plugin gives every request of a Fastify application an operation; getLogger writes its id.
import { TraceCollector } from 'aegis-trace';
import { getLogger, getOperationId, operationPlugin } from 'aegis-trace/context';
import fastify from 'fastify';

const collector = new TraceCollector();
const log = getLogger('shop');
const app = fastify();
await app.register(operationPlugin);
app.get('/order/:id', async (request) => {
  log.info({ order: request.params.id, password: 'hunter2' }, 'order placed');
  collector.recordNow('admission', 'Shop', `order ${request.params.id} admitted`);
  return { operation: getOperationId() };
});

// An id of another service is taken, and passed on.
const headers = { 'x-request-id': '4bf92f3577b34da6a3ce929d0e0e4736' };
const answer = await app.inject({ url: '/order/7', headers });
const { operation } = answer.json();
console.log(operation === headers['x-request-id'] ? 'the id of the caller' : 'an id of our own');
console.log(collector.reconstructDecisionChain(operation).map(({ rationale }) => rationale));
await app.close();
