// The wire format of Protocol Buffers, as much of it as OTLP needs: https://protobuf.dev/programming-guides/encoding/
// Of the libraries that read it pbf rounds integers of 64 bits and reads beyond the end, and the others need 3 to 4 MB,
// which everybody who installs the package would have.

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const GROUP_START = 3;
const GROUP_END = 4;
const FIXED32 = 5;

/** How a field begins: its number and its wire type. */
export const varint = (field: number): number => (field << 3) | VARINT;
export const fixed64 = (field: number): number => (field << 3) | FIXED64;
export const bytes = (field: number): number => (field << 3) | BYTES;

/** What is done with a field of a message, by how it begins. */
export type FieldReader<Message> = (reader: WireReader, message: Message) => void;
export type Fields<Message> = ReadonlyMap<number, FieldReader<Message>>;

/** Reads messages. Every method throws RangeError where the bytes end or are none. */
export class WireReader {
  readonly #bytes: Buffer;
  #at = 0;
  /** Where the message ends that is being read. */
  #end: number;

  constructor(body: Uint8Array) {
    this.#bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    this.#end = body.byteLength;
  }

  /** The fields up to the end. What is not in `fields` is skipped. */
  rest<Message>(fields: Fields<Message>, message: Message): Message {
    while (this.#at < this.#end) {
      const tag = this.#varint();
      const read = fields.get(tag);
      if (read === undefined) this.#skip(tag);
      else read(this, message);
    }
    return message;
  }

  /** The fields of a message that is a field. */
  message<Message>(fields: Fields<Message>, message: Message): Message {
    const outerEnd = this.#end;
    this.#end = this.#endOfField();
    this.rest(fields, message);
    this.#end = outerEnd;
    return message;
  }

  text(encoding: 'utf8' | 'hex' | 'base64' = 'utf8'): string {
    const end = this.#endOfField();
    const text = this.#bytes.toString(encoding, this.#at, end);
    this.#at = end;
    return text;
  }

  /** fixed64 */
  nanos(): bigint {
    return this.#bytes.readBigUInt64LE(this.#take(8));
  }

  double(): number {
    return this.#bytes.readDoubleLE(this.#take(8));
  }

  /** int64 */
  integer(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
    throw new RangeError('a varint has more than 10 bytes');
  }

  /** uint32, and enums, none of which is negative. */
  count(): number {
    return this.#varint();
  }

  boolean(): boolean {
    return this.integer() !== 0n;
  }

  /** The lower 32 bits: of an integer of 64 bits the others are left out, as the format asks. */
  #varint(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#byte();
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new RangeError('a varint has more than 10 bytes');
  }

  #byte(): number {
    return this.#bytes[this.#take(1)] as number;
  }

  /** @returns where the bytes are that are read next. */
  #take(count: number): number {
    const at = this.#at;
    if (count > this.#end - at) throw new RangeError('a field ends after its message');
    this.#at = at + count;
    return at;
  }

  #endOfField(): number {
    const length = this.#varint();
    this.#take(length);
    const end = this.#at;
    this.#at = end - length;
    return end;
  }

  #skip(tag: number): void {
    const type = tag & 7;
    if (tag >>> 3 === 0) throw new RangeError('a field has no number');
    if (type === VARINT) this.#varint();
    else if (type === FIXED64) this.#take(8);
    else if (type === BYTES) this.#take(this.#varint());
    else if (type === FIXED32) this.#take(4);
    else if (type === GROUP_START) this.#skipGroup(tag >>> 3);
    else throw new RangeError('a field has a wire type that there is not');
  }

  /** Groups lie in each other: a count, no recursion, knows how deep. */
  #skipGroup(field: number): void {
    const open = [field];
    while (open.length > 0) {
      const tag = this.#varint();
      const type = tag & 7;
      if (type === GROUP_START) open.push(tag >>> 3);
      else if (type !== GROUP_END) this.#skip(tag);
      else if (open.pop() !== tag >>> 3) throw new RangeError('a group ends that has not begun');
    }
  }
}

/** Reads the message that all of the bytes are. @throws RangeError where they are none. */
export const wholeMessage = <Message>(
  body: Uint8Array,
  fields: Fields<Message>,
  message: Message,
): Message => new WireReader(body).rest(fields, message);

/** A field that is a varint: of an integer of 0 or more. */
export const varintField = (field: number, value: number): Buffer =>
  Buffer.concat([varintBytes(varint(field)), varintBytes(value)]);

/** A field that is text, or a message. */
export function bytesField(field: number, value: string | Uint8Array): Buffer {
  const content = Buffer.from(value as Uint8Array);
  return Buffer.concat([varintBytes(bytes(field)), varintBytes(content.length), content]);
}

function varintBytes(value: number): Buffer {
  const parts: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    parts.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Buffer.from([...parts, rest]);
}
