// What a monitored function costs more than the bare one, beside an OpenTelemetry startActiveSpan wrapper that
// records the same: `node scripts/bench/suites/monitor.mjs`. Prints one JSON document.
//
// Both contenders and the bare function are measured in a process of their own, in turns (see ../rounds.mjs of
// the bench); this file is its own child. What is compared is the CPU time of the process, so that other
// work on the machine counts against neither.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const COUNT = 200_000;
const WARM_UP = 200_000;
const ROUNDS = 5;
const CAPACITY = 10_000;

/** The function: small, synchronous, with two small arguments and a result. */
function place(request, node) {
  return { node, score: request.tokens / 2 };
}

const requests = Array.from({ length: 256 }, (_, i) => ({ id: `req-${i}`, tokens: i }));

/** CPU and wall nanoseconds of one call. */
function measure(fn) {
  let sum = 0;
  const repeat = (count) => {
    for (let i = 0; i < count; i++) sum += fn(requests[i & 255], 'gpu-0').score;
  };
  repeat(WARM_UP);
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  repeat(COUNT);
  const ns = Number(process.hrtime.bigint() - start) / COUNT;
  const { user, system } = process.cpuUsage(cpu);
  if (Number.isNaN(sum)) throw new Error('the function was not called');
  return { ns, cpuNs: ((user + system) * 1000) / COUNT };
}

async function makeAegis(capture) {
  const dist = process.env.AEGIS_DIST ?? new URL('../../../dist/', import.meta.url).href;
  const { TraceCollector } = await import(`${dist}index.js`);
  const { monitor } = await import(`${dist}monitor/index.js`);
  const collector = new TraceCollector({ capacity: CAPACITY });
  const fn = monitor({ processGroup: 'Scheduler', module: 'bench', capture, collector })(place);
  const check = () => {
    if (collector.stats().recorded !== WARM_UP + COUNT) throw new Error('events are missing');
  };
  return { fn, check };
}

async function makeOpenTelemetry(capture) {
  const { context, SpanStatusCode } = await import('@opentelemetry/api');
  const { AsyncLocalStorageContextManager } = await import('@opentelemetry/context-async-hooks');
  const { BasicTracerProvider } = await import('@opentelemetry/sdk-trace-base');
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const ring = new Array(CAPACITY);
  let ended = 0;
  const processor = {
    onStart: () => {},
    onEnd: (span) => {
      ring[ended++ % CAPACITY] = span;
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
  const check = () => {
    if (ended !== WARM_UP + COUNT) throw new Error('spans are missing');
  };
  return { fn, check };
}

const CONTENDERS = {
  bare: async () => ({ fn: place, check: () => {} }),
  'aegis, no capture': () => makeAegis(false),
  'aegis, captured': () => makeAegis(true),
  'OpenTelemetry, no capture': () => makeOpenTelemetry(false),
  'OpenTelemetry, captured': () => makeOpenTelemetry(true),
};

function median(samples) {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

async function run() {
  const self = fileURLToPath(import.meta.url);
  const rounds = Object.fromEntries(Object.keys(CONTENDERS).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of Object.keys(CONTENDERS)) {
      const { stdout } = await promisify(execFile)(process.execPath, [self, name]);
      rounds[name].push(JSON.parse(stdout));
    }
  }
  const cost = (name) => median(rounds[name].map(({ cpuNs }) => cpuNs));
  const added = (name) => cost(name) - cost('bare');
  const ratio = (what) => added(`OpenTelemetry, ${what}`) / added(`aegis, ${what}`);
  return {
    'monitor.bare_vs_otel': ratio('no capture'),
    'monitor.capture_vs_otel': ratio('captured'),
    'monitor.capture_us': added('aegis, captured') / 1000,
    cpuNs: Object.fromEntries(Object.keys(CONTENDERS).map((name) => [name, cost(name)])),
    wallNs: Object.fromEntries(
      Object.keys(CONTENDERS).map((name) => [name, median(rounds[name].map(({ ns }) => ns))]),
    ),
  };
}

const contender = process.argv[2];
if (contender === undefined) {
  process.stdout.write(`${JSON.stringify(await run(), undefined, 2)}\n`);
} else {
  const { fn, check } = await CONTENDERS[contender]();
  const measured = measure(fn);
  check();
  process.stdout.write(JSON.stringify(measured));
}
