import { openFrames } from './call-frame.js';

/** A monitored call that has not ended. */
export interface OpenOperation {
  /** `module.function`. */
  process: string;
  processGroup: string;
  /** What its event's `requestId` will be. */
  operationId: string;
  /** When it began: nanoseconds on the steady clock, as the event's `timestampNs` will be. */
  startNs: bigint;
  /** How long it has been under way. */
  elapsedNs: bigint;
  /** `arg.<name>` and the parent's event id, as the event will have them. */
  attributes: Record<string, string>;
}

/**
 * The monitored calls of this thread that are under way, those running longest first. Of more than
 * 65 536 the oldest are left out.
 */
export function openOperations(): OpenOperation[] {
  const nowNs = process.hrtime.bigint();
  const open: OpenOperation[] = [];
  for (const { monitored, id, startNs, attributes, parentEventId } of openFrames()) {
    open.push({
      process: monitored.process,
      processGroup: monitored.settings.processGroup,
      operationId: id,
      startNs,
      elapsedNs: nowNs - startNs,
      attributes: {
        ...monitored.attributes.toRecord(),
        ...(parentEventId === undefined ? {} : { parent_event_id: parentEventId }),
        ...attributes?.toRecord(),
      },
    });
  }
  return open;
}
