import {
  NO_SCOPE,
  type OtlpAttributes,
  type OtlpGroup,
  type OtlpLink,
  type OtlpLogRecord,
  type OtlpScope,
  type OtlpSpan,
  type OtlpSpanEvent,
  type OtlpValue,
} from './otlp-data.js';

// Reads OTLP's JSON as its clients write it: ids in hex of either case, integers of 64 bits as texts or numbers, enums
// as integers, and what is not known left aside. https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding

/** Numbers of 64 bits, which JSON.parse would round. Within a string the quote before the colon has a backslash. */
const LONG_INTEGER = /((?:UnixNano|intValue)"\s*:\s*)(-?\d{16,})(?=\s*[,}])/g;

type Fields = Readonly<Record<string, unknown>>;

/** Something in the body is of another type than it must be. */
export class OtlpJsonError extends Error {}

/** @throws SyntaxError where it is no JSON; {@link OtlpJsonError}. */
export const readTracesJson = (text: string): OtlpGroup<OtlpSpan>[] =>
  groupsOf(text, { resources: 'resourceSpans', scopes: 'scopeSpans', items: 'spans' }, spanOf);

/** @throws as {@link readTracesJson}. */
export const readLogsJson = (text: string): OtlpGroup<OtlpLogRecord>[] =>
  groupsOf(text, { resources: 'resourceLogs', scopes: 'scopeLogs', items: 'logRecords' }, logOf);

function groupsOf<Item>(
  text: string,
  names: { resources: string; scopes: string; items: string },
  itemOf: (fields: Fields) => Item,
): OtlpGroup<Item>[] {
  const body = objectOf(JSON.parse(text.replace(LONG_INTEGER, '$1"$2"')), 'the body');
  return listIn(body, names.resources).flatMap((of) => {
    const resource = attributesIn(memberOf(of, 'resource') ?? {});
    return listIn(of, names.scopes).map((group) => ({
      resource,
      scope: scopeOf(memberOf(group, 'scope')),
      items: listIn(group, names.items).map(itemOf),
    }));
  });
}

function spanOf(fields: Fields): OtlpSpan {
  const status = memberOf(fields, 'status') ?? {};
  return {
    traceId: idIn(fields, 'traceId'),
    spanId: idIn(fields, 'spanId'),
    parentSpanId: idIn(fields, 'parentSpanId'),
    traceState: textIn(fields, 'traceState'),
    name: textIn(fields, 'name'),
    kind: enumIn(fields, 'kind', SPAN_KINDS),
    startNs: nanosIn(fields, 'startTimeUnixNano'),
    endNs: nanosIn(fields, 'endTimeUnixNano'),
    attributes: attributesIn(fields),
    droppedAttributes: countIn(fields, 'droppedAttributesCount'),
    events: listIn(fields, 'events').map(spanEventOf),
    droppedEvents: countIn(fields, 'droppedEventsCount'),
    links: listIn(fields, 'links').map(linkOf),
    droppedLinks: countIn(fields, 'droppedLinksCount'),
    statusCode: enumIn(status, 'code', STATUS_CODES),
    statusMessage: textIn(status, 'message'),
  };
}

const spanEventOf = (fields: Fields): OtlpSpanEvent => ({
  timeNs: nanosIn(fields, 'timeUnixNano'),
  name: textIn(fields, 'name'),
  attributes: attributesIn(fields),
});

const linkOf = (fields: Fields): OtlpLink => ({
  traceId: idIn(fields, 'traceId'),
  spanId: idIn(fields, 'spanId'),
  attributes: attributesIn(fields),
});

function logOf(fields: Fields): OtlpLogRecord {
  const body = memberOf(fields, 'body');
  return {
    timeNs: nanosIn(fields, 'timeUnixNano'),
    observedNs: nanosIn(fields, 'observedTimeUnixNano'),
    severityNumber: enumIn(fields, 'severityNumber', []),
    severityText: textIn(fields, 'severityText'),
    eventName: textIn(fields, 'eventName'),
    body: body === undefined ? null : valueIn(body),
    attributes: attributesIn(fields),
    droppedAttributes: countIn(fields, 'droppedAttributesCount'),
    traceId: idIn(fields, 'traceId'),
    spanId: idIn(fields, 'spanId'),
  };
}

function scopeOf(fields: Fields | undefined): OtlpScope {
  if (fields === undefined) return NO_SCOPE;
  return {
    name: textIn(fields, 'name'),
    version: textIn(fields, 'version'),
    attributes: attributesIn(fields),
  };
}

function attributesIn(fields: Fields): OtlpAttributes {
  return listIn(fields, 'attributes').map((pair) => {
    const value = memberOf(pair, 'value');
    return [textIn(pair, 'key'), value === undefined ? null : valueIn(value)] as const;
  });
}

/** The first member that is one of the types: a value has one. */
function valueIn(fields: Fields): OtlpValue {
  const { stringValue, boolValue, intValue, doubleValue, arrayValue, kvlistValue, bytesValue } =
    fields;
  if (typeof stringValue === 'string') return stringValue;
  if (typeof boolValue === 'boolean') return boolValue;
  if (isThere(intValue)) return integerOf(intValue, 'intValue');
  if (isThere(doubleValue)) return doubleOf(doubleValue);
  if (isThere(arrayValue)) return listIn(objectOf(arrayValue, 'arrayValue'), 'values').map(valueIn);
  if (isThere(kvlistValue)) {
    const pairs = listIn(objectOf(kvlistValue, 'kvlistValue'), 'values');
    return Object.fromEntries(
      pairs.map((pair) => {
        const value = memberOf(pair, 'value');
        return [textIn(pair, 'key'), value === undefined ? null : valueIn(value)];
      }),
    );
  }
  return typeof bytesValue === 'string' ? bytesValue : null;
}

/** JSON's null is a field that is not there. */
const isThere = (value: unknown): boolean => value !== undefined && value !== null;

function objectOf(value: unknown, name: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new OtlpJsonError(`${name} must be an object`);
}

function memberOf(fields: Fields, name: string): Fields | undefined {
  return isThere(fields[name]) ? objectOf(fields[name], name) : undefined;
}

function listIn(fields: Fields, name: string): Fields[] {
  const list = fields[name];
  if (!isThere(list)) return [];
  if (!Array.isArray(list)) throw new OtlpJsonError(`${name} must be an array`);
  return list.map((item) => objectOf(item, `an item of ${name}`));
}

function textIn(fields: Fields, name: string): string {
  const text = fields[name];
  if (typeof text === 'string') return text;
  if (!isThere(text)) return '';
  throw new OtlpJsonError(`${name} must be a string`);
}

const idIn = (fields: Fields, name: string): string => textIn(fields, name).toLowerCase();

function integerOf(value: unknown, name: string): bigint {
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  if (typeof value === 'string' && /^-?\d{1,20}$/.test(value)) return BigInt(value);
  throw new OtlpJsonError(`${name} must be an integer`);
}

function nanosIn(fields: Fields, name: string): bigint {
  return isThere(fields[name]) ? integerOf(fields[name], name) : 0n;
}

const countIn = (fields: Fields, name: string): number => Number(nanosIn(fields, name));

/** JSON has no number for these, and protobuf's mapping writes their names. */
function doubleOf(value: unknown): number {
  const number = typeof value === 'string' ? Number(value) : value;
  if (typeof number === 'number' && (!Number.isNaN(number) || value === 'NaN')) return number;
  throw new OtlpJsonError('doubleValue must be a number');
}

const SPAN_KINDS = [
  'SPAN_KIND_UNSPECIFIED',
  'SPAN_KIND_INTERNAL',
  'SPAN_KIND_SERVER',
  'SPAN_KIND_CLIENT',
  'SPAN_KIND_PRODUCER',
  'SPAN_KIND_CONSUMER',
];
const STATUS_CODES = ['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR'];

/** The specification has integers only; some clients send names all the same. */
function enumIn(fields: Fields, name: string, names: readonly string[]): number {
  const value = fields[name];
  if (typeof value === 'string') return Math.max(0, names.indexOf(value));
  return countIn(fields, name);
}
