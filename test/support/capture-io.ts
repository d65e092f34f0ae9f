import { Writable } from 'node:stream';
import type { CliIo, CliStream } from '../../src/cli/io.js';
import { run } from '../../src/cli/run.js';

/** A stream that keeps what is written to it. */
export class CaptureStream extends Writable implements CliStream {
  text = '';
  isTTY?: boolean | undefined;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8');
    done();
  }
}

/** Runs the command in this process. `tty` makes both streams terminals. */
export async function runCli(
  argv: readonly string[],
  options: { tty?: boolean; env?: CliIo['env'] } = {},
): Promise<{ exit: number; stdout: string; stderr: string }> {
  const stdout = new CaptureStream();
  const stderr = new CaptureStream();
  stdout.isTTY = options.tty;
  stderr.isTTY = options.tty;
  const exit = await run(argv, { stdout, stderr, env: options.env ?? {} });
  return { exit, stdout: stdout.text, stderr: stderr.text };
}
