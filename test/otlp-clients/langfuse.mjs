// Langfuse's span processor, which sends with a pair of keys.
import { LangfuseSpanProcessor } from '@langfuse/otel';
import { startObservation } from '@langfuse/tracing';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { print } from './work.mjs';

const processor = new LangfuseSpanProcessor({
  publicKey: 'pk-any',
  secretKey: process.env.HUB_KEY,
  baseUrl: process.env.HUB_URL,
});
const sdk = new NodeSDK({ spanProcessors: [processor], logRecordProcessors: [] });
sdk.start();
const root = startObservation('answer', { input: { question: 'why' } });
const generation = root.startObservation(
  'generate',
  { model: 'model-a', input: [{ role: 'user', content: 'why' }] },
  { asType: 'generation' },
);
generation.update({ output: 'because', usageDetails: { input: 10, output: 5 } }).end();
root.update({ output: 'because' }).end();
await processor.forceFlush();
await sdk.shutdown();
print([root.otelSpan, generation.otelSpan]);
