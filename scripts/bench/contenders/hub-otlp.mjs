// Spans that a hub acknowledges, as the serializers of OpenTelemetry's own exporters write them: every body is of spans
// that were made for it, so that each has an identity of its own.

import { createRequire } from 'node:module';
import { inRoot } from '../../lib/paths.mjs';
import { HubLoad, startHubProcess } from '../hub-process.mjs';

const require = createRequire(inRoot('test/otlp-clients/package.json'));
const { JsonTraceSerializer, ProtobufTraceSerializer } = require('@opentelemetry/otlp-transformer');
const { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } = require(
  '@opentelemetry/sdk-trace-base',
);
const { resourceFromAttributes } = require('@opentelemetry/resources');

const TYPES = {
  otlp_spans_per_s: ['application/x-protobuf', ProtobufTraceSerializer],
  otlp_json_spans_per_s: ['application/json', JsonTraceSerializer],
};

export async function measure({ folder, senders, spans, batch }) {
  const rates = {};
  for (const [name, [type, serializer]] of Object.entries(TYPES)) {
    const hub = await startHubProcess(`${folder}/otlp-${name}-${process.pid}.db`);
    const load = new HubLoad(hub);
    try {
      const queues = Array.from({ length: senders }, () =>
        bodiesOf(serializer, spans / senders, batch),
      );
      const start = performance.now();
      await Promise.all(
        queues.map(async (bodies) => {
          for (const body of bodies) await load.ask('/v1/traces', body, type);
        }),
      );
      rates[name] = spans / ((performance.now() - start) / 1000);
      const { events } = JSON.parse((await load.get('/stats')).text);
      if (events !== spans) throw new Error(`stored ${events} of ${spans} spans`);
    } finally {
      load.close();
      await hub.stop();
    }
  }
  return rates;
}

/** Requests of eight spans each, in the manner of an HTTP service. */
function bodiesOf(serializer, count, batch) {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'checkout', 'service.version': '1.2.3' }),
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer('bench', '1.0.0');
  const bodies = [];
  for (let made = 0; made < count; made += batch) {
    for (let of = 0; of < batch; of += 8) {
      tracer.startActiveSpan('POST /orders', { kind: 1 }, (root) => {
        root.setAttributes({ 'http.request.method': 'POST', 'http.route': '/orders' });
        root.setAttributes({ 'http.response.status_code': 200, 'url.path': '/orders' });
        for (let child = 1; child < 8; child++) {
          const span = tracer.startSpan(`step ${child}`, { kind: 2 });
          span.setAttributes({ 'db.system.name': 'postgresql', 'db.operation.name': 'SELECT' });
          span.setAttributes({ 'server.address': 'db.local', 'server.port': 5432, rows: child });
          span.end();
        }
        root.end();
      });
    }
    bodies.push(Buffer.from(serializer.serializeRequest(exporter.getFinishedSpans())));
    exporter.reset();
  }
  return bodies;
}
