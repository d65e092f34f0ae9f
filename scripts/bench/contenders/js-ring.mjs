// A plain JavaScript ring; `bare` leaves the event's id out.

import { makeBareEvent, makeEvent, makeJsRing } from '../js-ring.mjs';
import { measureRecording } from '../recording.mjs';

export function measure({ capacity, bare = false, ...counts }) {
  const keep = makeJsRing(capacity);
  const make = bare ? makeBareEvent : makeEvent;
  return measureRecording((requestId) => keep(make(requestId)), counts);
}
