// What each client does: a request with a call that fails, as spans that name their parents. Prints the spans as the
// SDK has them, a line of JSON each, for a test to find them again.
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';

/** Beyond what a double has exactly when it is multiplied: nanoseconds must come as they were. */
const LARGEST = Number.MAX_SAFE_INTEGER;

export function work(tracer = trace.getTracer('work', '1.2.3')) {
  const spans = [];
  const inSpan = (name, options, body) =>
    tracer.startActiveSpan(name, options, context.active(), (span) => {
      spans.push(span);
      try {
        return body?.(span);
      } finally {
        span.end();
      }
    });
  inSpan(
    'GET /orders',
    { kind: SpanKind.SERVER, attributes: { 'http.route': '/orders' } },
    (root) => {
      root.setAttributes({ big: LARGEST, negative: -LARGEST, share: 0.25, is_new: true });
      root.setAttributes({
        names: ['a', 'ü'],
        numbers: [1, 2],
        process: 'kept',
        text: 'größe "x"',
      });
      inSpan('load', { kind: SpanKind.CLIENT }, (span) =>
        span.addEvent('cache miss', { key: 'k1' }),
      );
      inSpan('price', { links: [{ context: root.spanContext() }] }, (span) => {
        span.recordException(new TypeError('no price'));
        span.setStatus({ code: SpanStatusCode.ERROR, message: 'no price' });
        inSpan('retry', {});
      });
    },
  );
  return spans;
}

export function print(spans) {
  for (const span of spans) {
    const { traceId, spanId } = span.spanContext();
    const nanos = ([seconds, rest]) => String(BigInt(seconds) * 1_000_000_000n + BigInt(rest));
    const { name, kind, status, attributes, startTime, endTime, parentSpanContext } = span;
    const [start, end] = [nanos(startTime), nanos(endTime)];
    const parent = parentSpanContext?.spanId ?? span.parentSpanId;
    console.log(
      JSON.stringify({ traceId, spanId, parent, name, kind, status, attributes, start, end }),
    );
  }
}
