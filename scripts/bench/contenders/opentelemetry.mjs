// A span of the OpenTelemetry SDK, started and ended, kept in a JavaScript ring when it ends.

import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { makeJsRing } from '../js-ring.mjs';
import { COMPONENT, DURATION_NS, EVENT_TYPE, MODEL_ID, RATIONALE, SEVERITY } from '../payload.mjs';
import { measureRecording } from '../recording.mjs';

// Its attributes cannot be bigint.
const durationNs = Number(DURATION_NS);

export function measure({ capacity, ...counts }) {
  let ended = 0;
  const keep = makeJsRing(capacity);
  const ringProcessor = {
    onStart: () => {},
    onEnd: (span) => {
      ended++;
      keep(span);
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  const provider = new BasicTracerProvider({ spanProcessors: [ringProcessor] });
  const tracer = provider.getTracer('bench');
  const cost = measureRecording((requestId) => {
    const attributes = {
      component: COMPONENT,
      model_id: MODEL_ID,
      request_id: requestId,
      rationale: RATIONALE,
      severity: SEVERITY,
      duration_ns: durationNs,
    };
    tracer.startSpan(EVENT_TYPE, { attributes }).end();
  }, counts);
  if (ended !== counts.warmUp + counts.count) throw new Error(`kept ${ended} spans`);
  return cost;
}
