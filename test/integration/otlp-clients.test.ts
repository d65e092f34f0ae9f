// Clients of OpenTelemetry that nobody here wrote, each in a program of its own: what they have recorded is in the hub.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { runProcess } from '../support/child.js';
import { type Fault, FaultProxy } from '../support/fault-proxy.js';
import { KEYS, startTestHub, type TestHub } from '../support/hub.js';

const CLIENTS = fileURLToPath(new URL('../otlp-clients/', import.meta.url));

/** A span as its SDK has it. */
interface SdkSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parent?: string;
  readonly name: string;
  readonly kind: number;
  readonly status: { readonly code: number; readonly message?: string };
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly start: string;
  readonly end: string;
}

interface Item {
  readonly event_id: string;
  readonly event_type: string;
  readonly component: string;
  readonly severity: string;
  readonly rationale: string;
  readonly attributes: Readonly<Record<string, string>>;
}

const KINDS = ['internal', 'server', 'client', 'producer', 'consumer'];

async function runClient(
  program: string,
  url: string,
  env: Record<string, string>,
): Promise<SdkSpan[]> {
  const end = await runProcess(process.execPath, [`${CLIENTS}${program}.mjs`], {
    OTEL_SERVICE_NAME: 'shop',
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer ${KEYS.ingest}`,
    OTEL_LOGS_EXPORTER: 'otlp',
    OTEL_METRICS_EXPORTER: 'none',
    TRACELOOP_TELEMETRY: 'false',
    HUB_URL: url,
    HUB_KEY: KEYS.ingest,
    ...env,
  });
  expect(end.code, end.stderr).toBe(0);
  return end.stdout
    .split('\n')
    .filter((line) => line.startsWith('{"traceId"'))
    .map((line) => JSON.parse(line) as SdkSpan);
}

/** Every span is there once, as it was. */
async function expectSpans(hub: TestHub, spans: readonly SdkSpan[]): Promise<Item[]> {
  const { text } = await hub.get(`/traces/${spans[0]?.traceId}`);
  const items = itemsOf(text);
  const spanItems = items.filter(({ event_type }) => event_type === 'span');
  const byId = new Map(spanItems.map((item) => [item.attributes['otel.span_id'], item]));
  expect(spanItems).toHaveLength(spans.length);
  for (const span of spans) {
    const item = byId.get(span.spanId) as Item;
    const parent = span.parent === undefined ? undefined : byId.get(span.parent);
    const isError = span.status.code === 2;
    expect(item).toMatchObject({
      component: 'shop',
      request_id: span.traceId,
      timestamp_ns: span.start,
      duration_ns: String(BigInt(span.end) - BigInt(span.start)),
      severity: isError ? 'Error' : 'Info',
      rationale: isError ? `${span.name}: ${span.status.message}` : span.name,
    });
    expect(item.attributes).toMatchObject({
      'otel.name': span.name,
      'span.kind': KINDS[span.kind],
      ...(parent && { parent_event_id: parent.event_id, 'otel.parent_span_id': span.parent }),
    });
    expect(parent === undefined).toBe(item.attributes.parent_event_id === undefined);
    for (const [key, value] of Object.entries(span.attributes)) {
      const kept = key === 'process' ? 'otel.attribute.process' : key;
      expect([kept, item.attributes[kept]]).toEqual([
        kept,
        typeof value === 'object' ? JSON.stringify(value) : String(value),
      ]);
    }
  }
  return items;
}

/** Times are integers that JSON.parse would round. */
function itemsOf(text: string): Item[] {
  const exact = text.replaceAll(/("\w+_ns":)(-?\d+)/g, '$1"$2"');
  return (JSON.parse(exact) as { items: Item[] }).items;
}

const otlp = (protocol: string, compression: string): Record<string, string> => ({
  OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
  OTEL_EXPORTER_OTLP_COMPRESSION: compression,
});

const isInstalled = existsSync(`${CLIENTS}node_modules`);

it.each<[string, Record<string, string>]>([
  ['sdk-node', otlp('http/json', 'none')],
  ['sdk-node', otlp('http/json', 'gzip')],
  ['sdk-node', otlp('http/protobuf', 'none')],
  ['sdk-node', otlp('http/protobuf', 'gzip')],
  ['vercel', otlp('http/json', 'none')],
  ['vercel', otlp('http/protobuf', 'none')],
  ['traceloop', {}],
  ['langfuse', {}],
])(
  'H7: %s with %o: each span with its parent, times, status and attributes',
  async (program, env) => {
    if (!isInstalled) throw new Error('npm run test installs test/otlp-clients');
    const hub = await startTestHub();
    const spans = await runClient(program, hub.hub.url, env);
    expect(spans.length).toBeGreaterThanOrEqual(2);
    const items = await expectSpans(hub, spans);
    if (program === 'langfuse') return;
    const { spanId } = spans.find(({ name }) => name === 'price') as SdkSpan;
    const ofPrice = items.filter(({ attributes }) => attributes['otel.span_id'] === spanId);
    expect(ofPrice.find(({ event_type }) => event_type === 'span_event')).toMatchObject({
      severity: 'Error',
      rationale: 'TypeError: no price',
    });
    expect(ofPrice[0]?.attributes['otel.links']).toContain(spans[0]?.spanId);
    if (program !== 'sdk-node') return;
    expect(items.find(({ event_type }) => event_type === 'log')).toMatchObject({
      severity: 'Error',
      rationale: '{"message":"no price","order":7}',
      attributes: {
        big: '9007199254740991',
        'otel.span_id': spans[0]?.spanId,
        process: 'shop.shop',
      },
    });
  },
);

/** Which of them ask again: that of Vercel never does, and the one that Traceloop brings not after a cut. */
const faults: [string, Record<string, string>, Fault, boolean][] = (
  ['rate_limited', 'overloaded', 'cut_answer'] as const
).flatMap((fault) => [
  ['sdk-node', otlp('http/json', 'none'), fault, true],
  ['sdk-node', otlp('http/protobuf', 'gzip'), fault, true],
  ['vercel', otlp('http/protobuf', 'none'), fault, false],
  ['traceloop', {}, fault, fault !== 'cut_answer'],
  ['langfuse', {}, fault, true],
]);

it.each(faults)(
  'H7: what %s with %o sends again after %s is stored once',
  async (program, env, fault, retries) => {
    if (!isInstalled) throw new Error('npm run test installs test/otlp-clients');
    const hub = await startTestHub();
    const proxy = await FaultProxy.open(() => hub.hub.port);
    onTestFinished(() => proxy.close());
    proxy.fault = fault;
    proxy.onConnection = () => {
      proxy.fault = 'none';
    };
    const spans = await runClient(program, `http://127.0.0.1:${proxy.port}`, {
      ...env,
      // One connection fails: that of the spans.
      OTEL_LOGS_EXPORTER: 'none',
    });
    const isStored = retries || fault === 'cut_answer';
    if (isStored) await expectSpans(hub, spans);
    else expect(itemsOf((await hub.get(`/traces/${spans[0]?.traceId}`)).text)).toEqual([]);
    expect(proxy.connections).toBeGreaterThanOrEqual(retries ? 2 : 1);
  },
);
