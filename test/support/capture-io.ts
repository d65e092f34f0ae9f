import { Readable, Writable } from 'node:stream';
import type { CliIo, CliStream } from '../../src/cli/cli-io.js';
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

/** Runs the command in this process. `tty` makes both streams terminals; `stdin` comes in small pieces. */
export async function runCli(
  argv: readonly string[],
  options: { tty?: boolean; env?: CliIo['env']; stdin?: string | Uint8Array } = {},
): Promise<{ exit: number; stdout: string; stderr: string }> {
  const stdout = new CaptureStream();
  const stderr = new CaptureStream();
  stdout.isTTY = options.tty;
  stderr.isTTY = options.tty;
  const stdin = () => Readable.from(pieces(Buffer.from(options.stdin ?? '')));
  const exit = await run(argv, { stdout, stderr, stdin, env: options.env ?? {} });
  return { exit, stdout: stdout.text, stderr: stderr.text };
}

function* pieces(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
}
