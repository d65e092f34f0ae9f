// What an OTLP request says, whichever of its two encodings it came in. Field names follow opentelemetry-proto 1.x.

/** A value of an attribute. Bytes are base64, integers exact. */
export type OtlpValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly OtlpValue[]
  | { readonly [key: string]: OtlpValue };

export type OtlpAttributes = readonly (readonly [key: string, value: OtlpValue])[];

/** Ids are hex in lower case, empty when there is none; times are Unix nanoseconds, 0 when there is none. */
export interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  traceState: string;
  name: string;
  kind: number;
  startNs: bigint;
  endNs: bigint;
  attributes: OtlpAttributes;
  droppedAttributes: number;
  events: readonly OtlpSpanEvent[];
  droppedEvents: number;
  links: readonly OtlpLink[];
  droppedLinks: number;
  statusCode: number;
  statusMessage: string;
}

export interface OtlpSpanEvent {
  timeNs: bigint;
  name: string;
  attributes: OtlpAttributes;
}

export interface OtlpLink {
  traceId: string;
  spanId: string;
  attributes: OtlpAttributes;
}

export interface OtlpLogRecord {
  timeNs: bigint;
  observedNs: bigint;
  severityNumber: number;
  severityText: string;
  eventName: string;
  body: OtlpValue;
  attributes: OtlpAttributes;
  droppedAttributes: number;
  traceId: string;
  spanId: string;
}

export interface OtlpScope {
  name: string;
  version: string;
  attributes: OtlpAttributes;
}

/** What one instrumentation scope of one resource has sent. */
export interface OtlpGroup<Item> {
  readonly resource: OtlpAttributes;
  readonly scope: OtlpScope;
  readonly items: readonly Item[];
}

export const NO_SCOPE: OtlpScope = { name: '', version: '', attributes: [] };

/** An attribute without a value has none of the types. */
export const emptySpan = (): OtlpSpan => ({
  traceId: '',
  spanId: '',
  parentSpanId: '',
  traceState: '',
  name: '',
  kind: 0,
  startNs: 0n,
  endNs: 0n,
  attributes: [],
  droppedAttributes: 0,
  events: [],
  droppedEvents: 0,
  links: [],
  droppedLinks: 0,
  statusCode: 0,
  statusMessage: '',
});

export const emptyLogRecord = (): OtlpLogRecord => ({
  timeNs: 0n,
  observedNs: 0n,
  severityNumber: 0,
  severityText: '',
  eventName: '',
  body: null,
  attributes: [],
  droppedAttributes: 0,
  traceId: '',
  spanId: '',
});
