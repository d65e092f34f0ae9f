import { createHash, randomUUID } from 'node:crypto';
import type { Severity } from '../event/severity.js';
import type { ForeignBatch } from '../store/event-store.js';

/** The source of what a hub itself records. */
const SOURCE = 'aegis-trace hub';
const NANOS_PER_MILLI = 1_000_000n;
const KEY_BYTES = 16;

/** Something that a hub did. */
export interface HubEvent {
  /** What is stored once, however often it is appended. */
  readonly identity: readonly string[];
  readonly eventType: string;
  readonly component: string;
  readonly wallMs: number;
  readonly requestId?: string;
  readonly rationale: string;
  readonly severity: Severity;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Events of the hub, as its store takes them. */
export function hubEvents(events: readonly HubEvent[]): ForeignBatch {
  const foreign = events.map(({ identity, wallMs, requestId = '', ...event }) => ({
    key: createHash('sha256').update(JSON.stringify(identity)).digest().subarray(0, KEY_BYTES),
    event: {
      eventId: randomUUID(),
      timestampNs: BigInt(wallMs) * NANOS_PER_MILLI,
      durationNs: 0n,
      modelId: '',
      requestId,
      ...event,
    },
  }));
  return { source: SOURCE, foreign };
}
