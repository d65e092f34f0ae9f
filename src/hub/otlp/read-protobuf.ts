import {
  emptyLogRecord,
  emptySpan,
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
import {
  bytes,
  type FieldReader,
  type Fields,
  fixed64,
  varint,
  type WireReader,
  wholeMessage,
} from './protobuf-wire.js';

// Reads the messages of opentelemetry-proto 1.x by their field numbers. A field that is not known, or has another wire
// type, is skipped, as the format asks.

type Read<Value> = (reader: WireReader) => Value;

const text: Read<string> = (reader) => reader.text();
const hex: Read<string> = (reader) => reader.text('hex');
const base64: Read<string> = (reader) => reader.text('base64');
const nanos: Read<bigint> = (reader) => reader.nanos();
const integer: Read<bigint> = (reader) => reader.integer();
const count: Read<number> = (reader) => reader.count();
const boolean: Read<boolean> = (reader) => reader.boolean();
const double: Read<number> = (reader) => reader.double();

/** A field that has one value: the last one counts. */
const set =
  <Message, Name extends keyof Message>(
    name: Name,
    read: Read<Message[Name]>,
  ): FieldReader<Message> =>
  (reader, message) => {
    message[name] = read(reader);
  };

/** A field that may come again. */
const add =
  <Name extends string, Item>(
    name: Name,
    read: Read<Item>,
  ): FieldReader<{ [N in Name]: readonly Item[] }> =>
  (reader, message) => {
    (message[name] as Item[]).push(read(reader));
  };

const fieldsOf = <Message>(...fields: readonly [number, FieldReader<Message>][]): Fields<Message> =>
  new Map(fields);

/** A value, until it is read. */
interface Box {
  value: OtlpValue;
}
interface KeyValue {
  key: string;
  value: OtlpValue;
}
interface List<Item> {
  items: readonly Item[];
}
type Pair = OtlpAttributes[number];

const anyValue: Fields<Box> = fieldsOf<Box>(
  [bytes(1), set('value', text)],
  [varint(2), set('value', boolean)],
  [varint(3), set('value', integer)],
  [fixed64(4), set('value', double)],
  [bytes(5), set('value', (reader) => reader.message(arrayValue, { items: [] }).items)],
  [
    bytes(6),
    set('value', (reader) => Object.fromEntries(reader.message(keyValueList, { items: [] }).items)),
  ],
  [bytes(7), set('value', base64)],
);
const valueIn: Read<OtlpValue> = (reader) => reader.message(anyValue, { value: null }).value;
const arrayValue = fieldsOf<List<OtlpValue>>([bytes(1), add('items', valueIn)]);

const keyValue = fieldsOf<KeyValue>(
  [bytes(1), set('key', text)],
  [bytes(2), set('value', valueIn)],
);
const pair: Read<Pair> = (reader) => {
  const { key, value } = reader.message(keyValue, { key: '', value: null });
  return [key, value];
};
const keyValueList = fieldsOf<List<Pair>>([bytes(1), add('items', pair)]);

const spanEvent = fieldsOf<OtlpSpanEvent>(
  [fixed64(1), set('timeNs', nanos)],
  [bytes(2), set('name', text)],
  [bytes(3), add('attributes', pair)],
);

const link = fieldsOf<OtlpLink>(
  [bytes(1), set('traceId', hex)],
  [bytes(2), set('spanId', hex)],
  [bytes(4), add('attributes', pair)],
);

const status = fieldsOf<OtlpSpan>(
  [bytes(2), set('statusMessage', text)],
  [varint(3), set('statusCode', count)],
);

const span = fieldsOf<OtlpSpan>(
  [bytes(1), set('traceId', hex)],
  [bytes(2), set('spanId', hex)],
  [bytes(3), set('traceState', text)],
  [bytes(4), set('parentSpanId', hex)],
  [bytes(5), set('name', text)],
  [varint(6), set('kind', count)],
  [fixed64(7), set('startNs', nanos)],
  [fixed64(8), set('endNs', nanos)],
  [bytes(9), add('attributes', pair)],
  [varint(10), set('droppedAttributes', count)],
  [
    bytes(11),
    add('events', (reader) =>
      reader.message(spanEvent, { timeNs: 0n, name: '', attributes: [] } as OtlpSpanEvent),
    ),
  ],
  [varint(12), set('droppedEvents', count)],
  [
    bytes(13),
    add('links', (reader) =>
      reader.message(link, { traceId: '', spanId: '', attributes: [] } as OtlpLink),
    ),
  ],
  [varint(14), set('droppedLinks', count)],
  [bytes(15), (reader, message) => void reader.message(status, message)],
);

const logRecord = fieldsOf<OtlpLogRecord>(
  [fixed64(1), set('timeNs', nanos)],
  [varint(2), set('severityNumber', count)],
  [bytes(3), set('severityText', text)],
  [bytes(5), set('body', valueIn)],
  [bytes(6), add('attributes', pair)],
  [varint(7), set('droppedAttributes', count)],
  [bytes(9), set('traceId', hex)],
  [bytes(10), set('spanId', hex)],
  [fixed64(11), set('observedNs', nanos)],
  [bytes(12), set('eventName', text)],
);

const scope = fieldsOf<OtlpScope>(
  [bytes(1), set('name', text)],
  [bytes(2), set('version', text)],
  [bytes(3), add('attributes', pair)],
);

interface ScopeItems<Item> {
  scope: OtlpScope;
  items: readonly Item[];
}
interface ResourceItems<Item> {
  attributes: OtlpAttributes;
  scopes: readonly ScopeItems<Item>[];
}

const resource = fieldsOf<ResourceItems<unknown>>([bytes(1), add('attributes', pair)]);

/** Spans and log records lie in the same envelope. */
function envelopeOf<Item>(fields: Fields<Item>, empty: () => Item) {
  const scopeItems = fieldsOf<ScopeItems<Item>>(
    [
      bytes(1),
      set('scope', (reader) =>
        reader.message(scope, { name: '', version: '', attributes: [] } as OtlpScope),
      ),
    ],
    [bytes(2), add('items', (reader) => reader.message(fields, empty()))],
  );
  const resourceItems = fieldsOf<ResourceItems<Item>>(
    [bytes(1), (reader, message) => void reader.message(resource, message)],
    [
      bytes(2),
      add('scopes', (reader) =>
        reader.message(scopeItems, { scope: NO_SCOPE, items: [] } as ScopeItems<Item>),
      ),
    ],
  );
  return fieldsOf<List<ResourceItems<Item>>>([
    bytes(1),
    add('items', (reader) =>
      reader.message(resourceItems, { attributes: [], scopes: [] } as ResourceItems<Item>),
    ),
  ]);
}

const traces = envelopeOf(span, emptySpan);
const logs = envelopeOf(logRecord, emptyLogRecord);

/** Reads an ExportTraceServiceRequest. @throws RangeError where the bytes are none. */
export const readTracesProtobuf = (body: Uint8Array): OtlpGroup<OtlpSpan>[] =>
  groupsOf(wholeMessage(body, traces, { items: [] }));

/** Reads an ExportLogsServiceRequest. @throws RangeError where the bytes are none. */
export const readLogsProtobuf = (body: Uint8Array): OtlpGroup<OtlpLogRecord>[] =>
  groupsOf(wholeMessage(body, logs, { items: [] }));

/** The resource may come after what is of it. */
function groupsOf<Item>({ items: resources }: List<ResourceItems<Item>>): OtlpGroup<Item>[] {
  return resources.flatMap(({ attributes, scopes }) =>
    scopes.map(({ scope: of, items }) => ({ resource: attributes, scope: of, items })),
  );
}
