import type { Readable, Writable } from 'node:stream';

/** A stream that may be a terminal. */
export type CliStream = Writable & { isTTY?: boolean | undefined };

/** What a run of the command sees of the world. */
export interface CliIo {
  stdout: CliStream;
  stderr: CliStream;
  /** Asked for only when a command reads it. */
  stdin: () => Readable;
  env: Readonly<Record<string, string | undefined>>;
}
