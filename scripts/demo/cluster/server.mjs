// A server that somebody else wrote, from Debian, on a port of its own.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ScriptError } from '../../lib/run.mjs';

const STARTS_MS = 60_000;
const LOOK_MS = 50;

/** A program that stays in the foreground, can be killed, and started again as it was. */
export class Server {
  #what;
  #child;

  /** @param {{ program: string, args: string[], package: string, cwd: string, isThere: () => Promise<unknown> }} what */
  constructor(what) {
    this.#what = what;
  }

  /** Resolves when it is there. */
  async start() {
    const { program, args, cwd, isThere } = this.#what;
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => {
        said += text;
      });
    }
    const failure = new Promise((_, reject) => {
      const install = `${program} is not installed: apt-get install ${this.#what.package}`;
      child.once('error', () => reject(new ScriptError(install)));
      child.once('exit', (code, signal) => {
        if (signal !== 'SIGKILL') reject(new ScriptError(`${program} ended with ${code}: ${said}`));
      });
    });
    failure.catch(() => {});
    await Promise.race([until(isThere), failure]);
    return this;
  }

  async kill() {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
}

/** Resolves when `isThere` does; what it says last is said when it never does. */
async function until(isThere) {
  const endMs = performance.now() + STARTS_MS;
  for (;;) {
    try {
      return await isThere();
    } catch (error) {
      if (performance.now() > endMs) throw new ScriptError(`nothing answers: ${error.message}`);
      await sleep(LOOK_MS);
    }
  }
}

/** Says a line to a port, if there is one, and resolves with what it answers until it closes. */
export async function askPort(port, line) {
  const socket = connect(port, '127.0.0.1');
  socket.setTimeout(500, () => socket.destroy(new Error(`nothing answers at port ${port}`)));
  await once(socket, 'connect');
  if (line === undefined) {
    socket.destroy();
    return '';
  }
  socket.write(line);
  let answer = '';
  for await (const text of socket) answer += text;
  return answer;
}
