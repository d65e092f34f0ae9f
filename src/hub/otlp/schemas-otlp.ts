import { text } from '../schemas/event.js';
import { OTLP_TYPES } from './otlp-answer.js';

// What is sent to the paths of OTLP, and answered, for readers of `/openapi.json`. The messages are those of
// opentelemetry-proto; what is not named here may be there as well.

const object = (properties: object) => ({ type: 'object', properties }) as const;
const arrayOf = (items: object) => ({ type: 'array', items }) as const;

const int64Text = { type: ['string', 'integer'], description: 'Of 64 bits: digits.' } as const;
const id = { type: 'string', pattern: '^[0-9a-fA-F]*$' } as const;
const int32 = { type: 'integer' } as const;
const value = object({
  stringValue: text,
  boolValue: { type: 'boolean' },
  intValue: int64Text,
  doubleValue: { type: 'number' },
  arrayValue: object({ values: arrayOf({ type: 'object' }) }),
  kvlistValue: object({ values: arrayOf({ type: 'object' }) }),
  bytesValue: text,
});
const attributes = arrayOf(object({ key: text, value }));

const span = object({
  traceId: id,
  spanId: id,
  parentSpanId: id,
  traceState: text,
  name: text,
  kind: int32,
  startTimeUnixNano: int64Text,
  endTimeUnixNano: int64Text,
  attributes,
  events: arrayOf(object({ timeUnixNano: int64Text, name: text, attributes })),
  links: arrayOf(object({ traceId: id, spanId: id, attributes })),
  status: object({ code: int32, message: text }),
});
const logRecord = object({
  timeUnixNano: int64Text,
  observedTimeUnixNano: int64Text,
  severityNumber: int32,
  severityText: text,
  eventName: text,
  body: value,
  attributes,
  traceId: id,
  spanId: id,
});
const scope = object({ name: text, version: text, attributes });
const resource = object({ attributes });

const both = (schema: object) => ({
  [OTLP_TYPES.json]: { schema },
  [OTLP_TYPES.protobuf]: { schema: { type: 'string', contentEncoding: 'binary' } },
});

export const tracesBody = {
  content: both(
    object({
      resourceSpans: arrayOf(
        object({ resource, scopeSpans: arrayOf(object({ scope, spans: arrayOf(span) })) }),
      ),
    }),
  ),
};

export const logsBody = {
  content: both(
    object({
      resourceLogs: arrayOf(
        object({ resource, scopeLogs: arrayOf(object({ scope, logRecords: arrayOf(logRecord) })) }),
      ),
    }),
  ),
};

const rejected = { type: 'string', pattern: '^\\d+$' } as const;

export const otlpAnswer = {
  description: 'The answer: empty, or with what was refused for good',
  content: both(
    object({
      partialSuccess: object({
        rejectedSpans: rejected,
        rejectedLogRecords: rejected,
        errorMessage: text,
      }),
    }),
  ),
};

export const otlpStatus = {
  description: 'A google.rpc.Status; after 429 and 503 another attempt may help',
  content: both({
    ...object({ code: int32, message: text }),
    required: ['code', 'message'],
  }),
};
