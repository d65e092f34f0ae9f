// A monitored function: bare, through monitor(), or through an OpenTelemetry startActiveSpan wrapper that
// records the same.

/** The function: small, synchronous, with two small arguments and a result. */
function place(request, node) {
  return { node, score: request.tokens / 2 };
}

const requests = Array.from({ length: 256 }, (_, i) => ({ id: `req-${i}`, tokens: i }));

/** CPU and wall nanoseconds of one call. */
function measureCalls(fn, { warmUp, count }) {
  let sum = 0;
  const repeat = (calls) => {
    for (let i = 0; i < calls; i++) sum += fn(requests[i & 255], 'gpu-0').score;
  };
  repeat(warmUp);
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  repeat(count);
  const ns = Number(process.hrtime.bigint() - start) / count;
  const { user, system } = process.cpuUsage(cpu);
  if (Number.isNaN(sum)) throw new Error('the function was not called');
  return { ns, cpuNs: ((user + system) * 1000) / count };
}

async function makeAegis({ capture, capacity }) {
  const { TraceCollector } = await import('aegis-trace');
  const { monitor } = await import('aegis-trace/monitor');
  const collector = new TraceCollector({ capacity });
  const fn = monitor({ processGroup: 'Scheduler', module: 'bench', capture, collector })(place);
  return { fn, recorded: () => collector.stats().recorded };
}

async function makeOpenTelemetry({ capture, capacity }) {
  const { context, SpanStatusCode } = await import('@opentelemetry/api');
  const { AsyncLocalStorageContextManager } = await import('@opentelemetry/context-async-hooks');
  const { BasicTracerProvider } = await import('@opentelemetry/sdk-trace-base');
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const ring = new Array(capacity);
  let ended = 0;
  const processor = {
    onStart: () => {},
    onEnd: (span) => {
      ring[ended++ % capacity] = span;
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  const tracer = new BasicTracerProvider({ spanProcessors: [processor] }).getTracer('bench');
  const fn = function wrapped(...args) {
    const attributes = { component: 'Scheduler', process: 'bench.place' };
    if (capture) {
      attributes['arg.request'] = JSON.stringify(args[0]);
      attributes['arg.node'] = args[1];
    }
    return tracer.startActiveSpan('function_call', { attributes }, (span) => {
      try {
        const result = place.apply(this, args);
        if (capture) span.setAttribute('result', JSON.stringify(result));
        return result;
      } catch (error) {
        span.recordException(error);
        span.setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        span.end();
      }
    });
  };
  return { fn, recorded: () => ended };
}

const make = { aegis: makeAegis, opentelemetry: makeOpenTelemetry };

export async function measure({ wrapper, warmUp, count, ...options }) {
  if (wrapper === undefined) return measureCalls(place, { warmUp, count });
  const { fn, recorded } = await make[wrapper](options);
  const measured = measureCalls(fn, { warmUp, count });
  if (recorded() !== warmUp + count) throw new Error(`${recorded()} calls were recorded`);
  return measured;
}
