import { TraceError } from '../errors.js';

/** What a file is by its first bytes. */
export type FileKind = 'database' | 'ring' | 'gzip' | 'text';

const MAGIC: readonly (readonly [FileKind, Buffer])[] = [
  // https://sqlite.org/fileformat.html#magic_header_string
  ['database', Buffer.from('SQLite format 3\0')],
  // docs/formats/ring-file.md
  ['ring', Buffer.from('EGISRING')],
  // https://www.rfc-editor.org/rfc/rfc1952#page-6
  ['gzip', Buffer.from([0x1f, 0x8b])],
];

/** What people may have around an export, and what takes it off. */
const FOREIGN: readonly (readonly [string, string, Buffer])[] = [
  ['zstd', 'zstd -dc', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
  ['xz', 'xz -dc', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a])],
  ['bzip2', 'bzip2 -dc', Buffer.from('BZh')],
  ['zip', 'unzip -p', Buffer.from([0x50, 0x4b, 0x03, 0x04])],
];

const begins = (head: Buffer, magic: Buffer): boolean =>
  head.subarray(0, magic.length).equals(magic);

/**
 * What a file is by how it begins.
 *
 * @param name - for the message.
 * @throws TraceError `ERR_TRACE_FORMAT` for data in a compression that is not read here.
 */
export function kindOf(name: string, head: Buffer): FileKind {
  const known = MAGIC.find(([, magic]) => begins(head, magic));
  if (known !== undefined) return known[0];
  const foreign = FOREIGN.find(([, , magic]) => begins(head, magic));
  if (foreign === undefined) return 'text';
  const [what, tool] = foreign;
  const message = `${name} is ${what} data, which is not read: ${tool} FILE | aegis-trace … -`;
  throw new TraceError('ERR_TRACE_FORMAT', message);
}
