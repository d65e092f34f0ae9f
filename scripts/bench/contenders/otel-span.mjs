// A span within a span of a program of OpenTelemetry: its SDK, its context manager, and an exporter that takes
// everything and sends nothing. With `preload`, a module of ours is loaded first, as --import does.

import { pathToFileURL } from 'node:url';
import { inRoot } from '../../lib/paths.mjs';

export async function measure({ preload, warmUp, count }) {
  if (preload !== undefined) await import(pathToFileURL(inRoot(preload)));
  const { context, trace } = await import('@opentelemetry/api');
  const { AsyncLocalStorageContextManager } = await import('@opentelemetry/context-async-hooks');
  const { BasicTracerProvider, BatchSpanProcessor } = await import('@opentelemetry/sdk-trace-base');
  let exported = 0;
  const exporter = {
    export: (spans, done) => {
      exported += spans.length;
      done({ code: 0 });
    },
    shutdown: async () => {},
  };
  const processor = new BatchSpanProcessor(exporter, { maxQueueSize: 2_048 });
  const provider = new BasicTracerProvider({ spanProcessors: [processor] });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  const tracer = trace.getTracer('bench');
  const request = async () => {
    await tracer.startActiveSpan('POST /orders', async (root) => {
      root.setAttribute('http.route', '/orders');
      await null;
      tracer.startSpan('SELECT').end();
      root.end();
    });
  };
  for (let made = 0; made < warmUp; made += 2) await request();
  await provider.forceFlush();
  globalThis.gc?.();
  const start = performance.now();
  for (let made = 0; made < count; made += 2) await request();
  const ns = ((performance.now() - start) * 1e6) / count;
  await provider.forceFlush();
  if (exported === 0) throw new Error('no span was exported');
  return { ns };
}
