/**
 * `node --import aegis-trace/register app.js`: every HTTP request that this process receives is an
 * operation, and every one it sends carries the operation on. Environment:
 *
 * - `AEGIS_TRACE_OUTGOING=off`: requests to others go out as they are.
 * - `AEGIS_TRACE_RESPONSE_HEADER=x-request-id`: responses show the id; by default they are as before.
 * - `AEGIS_TRACE_OTEL=on`: where OpenTelemetry has an active span, its trace id is the operation id.
 * - `AEGIS_TRACE_TOGGLE=on`: collectors follow whether the project `AEGIS_PROJECT` is traced, which `AEGIS_REDIS_URL` or
 *   `AEGIS_HUB_URL` says. Operation ids go on: log lines have them, and other services that are traced.
 *
 * @module
 */
import { expectProcessToggle } from '../event/recording-toggle.js';
import { traceIncomingHttp } from './incoming-http.js';
import { markError } from './operation-error.js';
import { currentOperation, followSpans, state } from './operation-store.js';
import { traceOutgoingHttp } from './outgoing-http.js';
import { traceOutgoingUndici } from './outgoing-undici.js';

/** A header name of RFC 9110; anything else would fail at every response. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

function register(): void {
  if (state.registered) return;
  state.registered = true;
  if (process.env.AEGIS_TRACE_OTEL === 'on') followSpans();
  const header = process.env.AEGIS_TRACE_RESPONSE_HEADER ?? '';
  traceIncomingHttp(HEADER_NAME.test(header) ? header.toLowerCase() : undefined);
  if (process.env.AEGIS_TRACE_OUTGOING !== 'off') {
    traceOutgoingHttp();
    traceOutgoingUndici();
  }
  if (process.env.AEGIS_TRACE_TOGGLE === 'on') {
    // Only where it is wanted: it loads what speaks HTTP and Redis.
    expectProcessToggle(import('../gate/index.js').then(({ createToggle }) => createToggle()));
  }
  // Only looks on: whether and how the process ends stays as it was.
  process.on('uncaughtExceptionMonitor', (error) => {
    const operation = currentOperation();
    if (operation !== undefined) markError(error, operation);
  });
}

register();
