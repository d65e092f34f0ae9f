import pc from 'picocolors';
import type { CliIo } from './cli-io.js';
import type { Inputs } from './inputs.js';
import type { Output } from './output.js';
import type { Progress } from './progress.js';

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
  inputs: Inputs;
}

/** Colours for a terminal, unless NO_COLOR (https://no-color.org) or a dumb terminal forbid them. */
export function colorsFor(io: CliIo): CommandContext['colors'] {
  const forbidden = (io.env.NO_COLOR ?? '') !== '' || io.env.TERM === 'dumb';
  return pc.createColors(io.stdout.isTTY === true && !forbidden);
}
