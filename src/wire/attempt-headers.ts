// What a sender says of a batch that it may have sent before. Of several hubs with one store, the one that is given it
// looks whether another one has stored it, and waits until none can any more.

/** `first`: nobody was sent any of these events before. Without it they may be stored. */
export const ATTEMPT_HEADER = 'x-aegis-attempt';
/** How long ago an attempt ended without an answer, milliseconds. */
export const UNANSWERED_HEADER = 'x-aegis-unanswered-ms';
