import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import { onTestFinished, type TestContext } from 'vitest';
import { eventually } from './eventually.js';

// Servers that nobody here wrote, from Debian, on free ports of the loopback interface.

/** Is told what to do when something has ended. */
export type AtEnd = (end: () => void | Promise<void>) => void;

export const hasProgram = (program: string): boolean =>
  spawnSync('/bin/sh', ['-c', `command -v ${program}`]).status === 0;

/** Skips a test that needs a program which is not there. */
export function requireProgram(context: TestContext, program: string, debianPackage: string): void {
  if (!hasProgram(program))
    context.skip(`${program} is not installed: apt-get install ${debianPackage}`);
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A server that stays in the foreground; it is killed when the test has ended. */
export class DebianServer {
  readonly child: ChildProcess;
  output = '';
  readonly ended: Promise<unknown>;

  /** @param atEnd - is told how it is ended. Default: when the test has ended. */
  constructor(
    program: string,
    args: readonly string[],
    { cwd, atEnd = onTestFinished }: { cwd?: string; atEnd?: AtEnd } = {},
  ) {
    this.child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (text: Buffer) => {
        this.output += text.toString();
      });
    }
    this.ended = once(this.child, 'close');
    atEnd(() => this.kill());
  }

  /** Resolves when something listens there. @throws Error (rejects) with what it printed when it ends instead. */
  async listens(port: number): Promise<void> {
    const isEnded = this.ended.then(() => {
      throw new Error(`${this.child.spawnfile} has ended: ${this.output}`);
    });
    await Promise.race([eventually(() => connectTo(port)), isEnded]);
  }

  /** By its process id. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.child.kill(signal);
    await this.ended;
  }
}

async function connectTo(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}
