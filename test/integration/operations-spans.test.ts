// Operations beside an SDK of OpenTelemetry in the same process.
import { createServer } from 'node:http';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  followSpans,
  getOperationId,
  packOperation,
  propagateOperationId,
  runWithOperationId,
} from '../../src/context/index.js';
import { state } from '../../src/context/operation-store.js';
import { TraceCollector } from '../../src/index.js';
import { monitor, setDefaultCollector } from '../../src/monitor/index.js';
import { DIST_URL, runModule } from '../support/child.js';

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(new BasicTracerProvider());
});
afterAll(() => {
  state.followsSpans = false;
});

const inSpan = <R>(body: (traceId: string) => R): R =>
  trace.getTracer('test').startActiveSpan('work', (span) => body(span.spanContext().traceId));

it('O8: without being asked for, operations and spans have ids of their own', () => {
  inSpan(() => expect(getOperationId()).toBeUndefined());
  runWithOperationId('own', () => inSpan(() => expect(getOperationId()).toBe('own')));
});

it('O8: asked for, the active trace is the operation of events, calls and messages', async () => {
  followSpans();
  expect(getOperationId()).toBeUndefined();
  const collector = new TraceCollector({ capacity: 100 });
  setDefaultCollector(collector);
  const call = monitor({})(function call() {
    return getOperationId();
  });
  const [id, later] = runWithOperationId('own', () =>
    inSpan((traceId) => {
      expect(call()).toBe(traceId);
      collector.recordNow('decision', 'Scheduler');
      expect(packOperation({})).toEqual(expect.objectContaining({}));
      return [traceId, propagateOperationId(() => getOperationId())] as const;
    }),
  );
  expect(
    collector
      .reconstructDecisionChain(id)
      .map(({ eventType }) => eventType)
      .sort(),
  ).toEqual(['decision', 'function_call']);
  // What was bound within the span belongs to its trace, also when nothing is active any more.
  expect(later()).toBe(id);
  expect(runWithOperationId('own', () => getOperationId())).toBe('own');
  await inSpan(async (traceId) => {
    await new Promise(setImmediate);
    expect(getOperationId()).toBe(traceId);
  });
  collector.close();
});

it('O8: a span whose trace id is none is no operation', () => {
  const none = trace.wrapSpanContext({
    traceId: '0'.repeat(32),
    spanId: '0'.repeat(16),
    traceFlags: 0,
  });
  context.with(trace.setSpan(context.active(), none), () => {
    expect(runWithOperationId('own', () => getOperationId())).toBe('own');
  });
});

it.each(['on', 'off'])(
  'O8: with register and AEGIS_TRACE_OTEL=%s, what goes out',
  async (follows) => {
    const seen: Record<string, unknown>[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers);
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const end = await runModule(
      `
    import { get } from 'node:http';
    import { context, trace } from '@opentelemetry/api';
    import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
    import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
    import { runWithOperationId } from ${JSON.stringify(new URL('context/index.js', DIST_URL).href)};
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(new BasicTracerProvider());
    runWithOperationId('own', () => trace.getTracer('t').startActiveSpan('work', (span) => {
      console.log(span.spanContext().traceId);
      get('http://127.0.0.1:${port}/', (response) => response.resume());
    }));
  `,
      {
        flags: ['--import', new URL('context/register.js', DIST_URL).href],
        env: { AEGIS_TRACE_OTEL: follows },
      },
    );
    server.close();
    expect(end).toMatchObject({ code: 0, stderr: '' });
    const traceId = end.stdout.trim();
    const [headers] = seen;
    if (follows === 'on') {
      expect(headers).toMatchObject({
        'x-request-id': traceId,
        traceparent: expect.stringContaining(traceId),
      });
    } else expect(headers).toMatchObject({ 'x-request-id': 'own' });
  },
);
