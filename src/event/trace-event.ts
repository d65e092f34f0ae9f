import type { Severity } from './severity.js';
import type { Nanoseconds } from './time.js';

/**
 * One recorded decision. A plain object: it survives `structuredClone`, `postMessage` and
 * `util.isDeepStrictEqual`. Field names are the JSON names of an export in camelCase.
 */
export interface TraceEvent {
  /** UUID, lower case. */
  eventId: string;
  /** What happened, such as `scheduling_decision`. Never empty. */
  eventType: string;
  /** Who did it, such as `Scheduler`. Never empty. */
  component: string;
  /** When it happened: nanoseconds on the steady clock, int64. */
  timestampNs: bigint;
  /** How long it took: nanoseconds, int64; 0 for an instant. */
  durationNs: bigint;
  /** The model concerned; empty when the event is not about one model. */
  modelId: string;
  /** Links the events of one decision chain; empty when there is none. */
  requestId: string;
  /** Why, for a human reader. */
  rationale: string;
  severity: Severity;
  /** Further facts, string to string. */
  attributes: Record<string, string>;
}

/** What an attribute may be when it is recorded; it is stored as `String(value)`. */
export type AttributeValue = string | number | bigint | boolean | null | undefined;

/** What `record()` accepts: everything but type and component may be left out. */
export interface TraceEventInput {
  eventType: string;
  component: string;
  /** Default: a version 4 UUID given by the collector. */
  eventId?: string | undefined;
  /** Default: the time of recording. */
  timestampNs?: Nanoseconds | undefined;
  /** Default: 0, an instant. */
  durationNs?: Nanoseconds | undefined;
  modelId?: string | undefined;
  requestId?: string | undefined;
  rationale?: string | undefined;
  /** Default: `Info`. In any case: `error` is `Error`. */
  severity?: Severity | Lowercase<Severity> | undefined;
  attributes?: Readonly<Record<string, AttributeValue>> | undefined;
}
