// Bodies of spans, as OpenTelemetry's own exporters write them: for the bench.
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';

/** Requests of eight spans each, in the manner of an HTTP service. */
export function bodiesOf(type, count, batch) {
  const serializer = type === 'application/json' ? JsonTraceSerializer : ProtobufTraceSerializer;
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
