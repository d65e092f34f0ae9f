// A line of pino with the same fields, written to /dev/null as it comes; with `bufferBytes` in pieces
// of that length, which is faster and loses them in a crash.

import pino from 'pino';
import { COMPONENT, DURATION_NS, EVENT_TYPE, MODEL_ID, RATIONALE } from '../payload.mjs';
import { measureRecording } from '../recording.mjs';

const durationNs = Number(DURATION_NS);

export function measure({ bufferBytes = 0, ...counts }) {
  const destination = pino.destination({ dest: '/dev/null', sync: true, minLength: bufferBytes });
  // lint-loggers: allow the bare logger is what is measured
  const logger = pino(destination);
  return measureRecording((requestId) => {
    const fields = {
      event_type: EVENT_TYPE,
      component: COMPONENT,
      model_id: MODEL_ID,
      request_id: requestId,
      duration_ns: durationNs,
    };
    logger.info(fields, RATIONALE);
  }, counts);
}
