import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeTestFolder, writeLargeExport } from '../support/write-export.js';

const EVENTS = 1_000_000;
const LIMIT_MB = 300;
const cli = join(import.meta.dirname, '../../dist/cli/main.js');

const folder = makeTestFolder();
const file = join(folder.path, 'large.json');

beforeAll(() => writeLargeExport(file, EVENTS), 300_000);
afterAll(() => folder.remove());

/** Runs the command with its output thrown away; its exit code and greatest resident memory in MB. */
function runCommand(args: string[]): { code: number | null; memoryMb: number } {
  const report =
    "import {writeSync} from 'node:fs';" +
    "process.on('exit',()=>writeSync(3,String(process.resourceUsage().maxRSS)))";
  const hook = `data:text/javascript,${encodeURIComponent(report)}`;
  const { status, output } = spawnSync(process.execPath, ['--import', hook, cli, ...args], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  return { code: status, memoryMb: Number(output[3]) / 1024 };
}

it.each([
  ['summary', ['summary', file]],
  ['validate', ['validate', file]],
  ['chain', ['chain', file, '7'.padStart(32, '0')]],
  ['query of everything', ['query', file, '--json']],
])(
  'C9: %s of a file of a million events stays below 300 MB',
  (_, args) => {
    const { code, memoryMb } = runCommand(args);
    expect(code).toBe(0);
    expect(memoryMb).toBeGreaterThan(10);
    expect(memoryMb).toBeLessThan(LIMIT_MB);
  },
  300_000,
);
