// Every request of an Express application has an id, and so has every event and log line in it.
// `node --import aegis-trace/register express.mjs` does it without the middleware.
import { once } from 'node:events';
import { TraceCollector } from 'aegis-trace';
import { getOperationId, operationMiddleware } from 'aegis-trace/context';
import { monitor } from 'aegis-trace/monitor';
import express from 'express';

const collector = new TraceCollector();
const price = monitor({ collector, processGroup: 'Prices' })(async function price(item, token) {
  return { item, euro: item.length * 7, asked: token.length > 0 };
});

const app = express();
app.use(operationMiddleware());
app.get('/price/:item', async (request, response) => {
  collector.recordNow('admission', 'Shop', `asked for ${request.params.item}`);
  response.json({ ...(await price(request.params.item, 'secret')), operation: getOperationId() });
});

const server = app.listen(0);
await once(server, 'listening');
const answer = await fetch(`http://127.0.0.1:${server.address().port}/price/book`);
const { operation, ...body } = await answer.json();
console.log(body);
for (const { component, rationale, attributes } of collector.reconstructDecisionChain(operation)) {
  console.log(component, rationale || attributes);
}
server.closeAllConnections();
server.close();
