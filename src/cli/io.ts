import type { Writable } from 'node:stream';
import pc from 'picocolors';
import type { Output } from './output.js';
import type { Progress } from './progress.js';

/** A stream that may be a terminal. */
export type CliStream = Writable & { isTTY?: boolean | undefined };

/** What a run of the command sees of the world. */
export interface CliIo {
  stdout: CliStream;
  stderr: CliStream;
  env: Readonly<Record<string, string | undefined>>;
}

/** The exit codes of the command. */
export const EXIT = {
  /** It did what was asked. */
  ok: 0,
  /** It did, and the answer is no: the export is invalid, the chain has no events. */
  negative: 1,
  /** It could not: wrong usage, or a file that cannot be read. */
  failure: 2,
} as const;

/** What a command works with. */
export interface CommandContext {
  out: Output;
  /** A line for people, on stderr. */
  note: (text: string) => void;
  progress: Progress;
  colors: ReturnType<typeof pc.createColors>;
}

/** Colours for a terminal, unless NO_COLOR (https://no-color.org) or a dumb terminal forbid them. */
export function colorsFor(io: CliIo): CommandContext['colors'] {
  const forbidden = (io.env.NO_COLOR ?? '') !== '' || io.env.TERM === 'dumb';
  return pc.createColors(io.stdout.isTTY === true && !forbidden);
}
