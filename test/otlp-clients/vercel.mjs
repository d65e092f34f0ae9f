// @vercel/otel, as an instrumentation file of a Next.js application calls it.
import { trace } from '@opentelemetry/api';
import { registerOTel } from '@vercel/otel';
import { print, work } from './work.mjs';

registerOTel({ serviceName: process.env.OTEL_SERVICE_NAME });
const spans = work();
await (trace.getTracerProvider().getDelegate?.() ?? trace.getTracerProvider()).forceFlush();
print(spans);
