// The SDK of OpenTelemetry, set up by its environment variables alone.
import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { logs, SeverityNumber } from '@opentelemetry/api-logs';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { print, work } from './work.mjs';

const sdk = new NodeSDK();
sdk.start();
const spans = work();
logs.getLogger('shop').emit({
  severityNumber: SeverityNumber.ERROR,
  severityText: 'ERROR',
  body: { message: 'no price', order: 7 },
  attributes: { big: Number.MAX_SAFE_INTEGER },
  context: trace.setSpan(ROOT_CONTEXT, spans[0]),
});
await sdk.shutdown();
print(spans);
