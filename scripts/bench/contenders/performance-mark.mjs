// performance.mark with the event as its detail. Marks are kept until they are cleared, so they are
// whenever there are as many as the ring would hold.

import { EVENT_TYPE, makeInput } from '../payload.mjs';
import { measureRecording } from '../recording.mjs';

export function measure({ capacity, ...counts }) {
  let kept = 0;
  return measureRecording((requestId) => {
    performance.mark(EVENT_TYPE, { detail: makeInput(requestId) });
    if (++kept === capacity) {
      performance.clearMarks();
      kept = 0;
    }
  }, counts);
}
