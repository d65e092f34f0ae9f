// diagnostics_channel with one subscriber, which keeps the event in a JavaScript ring.

import { channel } from 'node:diagnostics_channel';
import { makeEvent, makeJsRing } from '../js-ring.mjs';
import { measureRecording } from '../recording.mjs';

export function measure({ capacity, ...counts }) {
  const decisions = channel('bench');
  const keep = makeJsRing(capacity);
  decisions.subscribe((event) => keep(event));
  return measureRecording((requestId) => decisions.publish(makeEvent(requestId)), counts);
}
