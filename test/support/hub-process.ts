import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { keyOfFile } from '../../src/wire/hub-address.js';
import { RunningProcess } from './child.js';
import { eventually } from './eventually.js';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** The command `aegis-trace hub` in a folder. */
export class HubProcess extends RunningProcess {
  readonly folder: string;

  /** @param prefix - a command in front of Node's own, such as strace with its options. */
  constructor(
    folder: string,
    args: readonly string[] = [],
    env: Record<string, string> = {},
    prefix: readonly string[] = [],
  ) {
    const [command, ...rest] = [...prefix, process.execPath, MAIN, 'hub', ...args];
    super(command as string, rest, { cwd: folder, env });
    this.folder = folder;
  }

  /** @throws Error (rejects) when the hub ends instead. */
  async url(): Promise<string> {
    const listens = eventually(() => {
      const [, url] = /listens at (http:\S+)\n/.exec(this.stdout) ?? [];
      expect(url, this.stderr).toBeDefined();
      return url as string;
    });
    const isEnded = this.ended.then(() => {
      throw new Error(`the hub has ended: ${this.stderr}`);
    });
    return Promise.race([listens, isEnded]);
  }
}

export const keyIn = (folder: string, scope: 'ingest' | 'read'): string =>
  keyOfFile(readFileSync(join(folder, 'logs/hub.keys'), 'utf8'), scope) as string;

/** Sends a batch. @throws Error (rejects) with the status when it is not taken. */
export async function post(
  url: string,
  key: string,
  body: string,
): Promise<{ inserted: number; duplicates: number }> {
  const response = await fetch(`${url}/ingest`, {
    method: 'POST',
    body,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
  });
  if (!response.ok) throw new Error(`${response.status}`);
  return (await response.json()) as { inserted: number; duplicates: number };
}
