/**
 * Where every copy of `@opentelemetry/api` 1.x in a process finds the others, and the span in a context. Both are
 * registered symbols, so that a process without OpenTelemetry needs no package for this.
 * https://github.com/open-telemetry/opentelemetry-js/blob/main/api/src/internal/global-utils.ts
 */
const API = Symbol.for('opentelemetry.js.api.1');
const SPAN = Symbol.for('OpenTelemetry Context Key SPAN');

interface Span {
  spanContext(): { readonly traceId: unknown };
}
interface OpenTelemetryGlobals {
  [API]?: { readonly context?: { active(): { getValue(key: symbol): Span | undefined } } };
}

const NO_TRACE = '0'.repeat(32);

/** The trace id of OpenTelemetry's active span: 32 hex digits. Undefined without one. Never throws. */
export function activeTraceId(): string | undefined {
  try {
    const span = (globalThis as OpenTelemetryGlobals)[API]?.context?.active().getValue(SPAN);
    const id = span?.spanContext().traceId;
    return typeof id === 'string' && id.length === 32 && id !== NO_TRACE ? id : undefined;
  } catch {
    return undefined;
  }
}
