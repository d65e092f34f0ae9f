import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openRing } from '../../src/export/recover-ring.js';
import type { PipelineOptions } from '../../src/pipeline/options.js';
import { spilledIn } from './pipeline-process.js';

const CHILD = fileURLToPath(new URL('./ending-child.mjs', import.meta.url));
const SINK = new URL('./ending-sink.mjs', import.meta.url).href;
/** A process that has not ended by then hangs. */
const HANGS_MS = 20_000;

/** How a child is run. */
export interface Ending {
  end: string;
  state: string;
  /** Of its sink; default: it takes everything. */
  how?: string;
  options?: Partial<Omit<PipelineOptions, 'collector' | 'sink'>>;
  /** A command in front of Node's own. */
  prefix?: readonly string[];
  /** Options of Node's own. */
  flags?: readonly string[];
  env?: Record<string, string>;
}

/** What is left of a child. */
export interface Left {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** Events it has recorded, by what it printed last. */
  recorded: number;
  /** Request ids that the sink has, each as often as it has it, and those in spill files. */
  stored: string[];
  spilled: string[];
  /** The number in its last line; 0 when it said nothing. */
  counted: number;
  /** Whether its ring file says that it was closed, and how many events of the child are in it. */
  ringEnd: string;
  inRing: number;
}

/** Runs a child to its end, which is no later than that of a test that fails. */
export async function runToItsEnd({ end, state, how, options, ...run }: Ending): Promise<Left> {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-ending-'));
  try {
    const [path, fifo, ring] = ['stored', 'fifo', 'a.ring'].map((name) => join(folder, name));
    const spillDirectory = join(folder, 'spill');
    if (how === 'reads') execFileSync('mkfifo', [fifo as string]);
    const input = {
      end,
      state,
      ring,
      options: {
        sink: { module: SINK, options: { path, fifo, how } },
        spillDirectory,
        metricsEventIntervalMs: 20,
        ...options,
      },
    };
    const node = [process.execPath, ...(run.flags ?? []), CHILD, JSON.stringify(input)];
    const [command = '', ...args] = [...(run.prefix ?? []), ...node];
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...run.env },
    });
    const printed = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].on('data', (text: Buffer) => {
        printed[name] += text.toString();
      });
    }
    const guard = setTimeout(() => {
      printed.stderr += `HANGS after ${HANGS_MS} ms\n`;
      child.kill('SIGKILL');
    }, HANGS_MS);
    const ended = await new Promise<{ code: number | null; signal: NodeJS.Signals | null }>(
      (resolve) => child.once('close', (code, signal) => resolve({ code, signal })),
    );
    clearTimeout(guard);
    const numbers = printed.stdout.match(/^\d+$/gm) ?? [];
    const told = /(\d+) events were recorded and not stored/.exec(printed.stderr)?.[1];
    return {
      ...ended,
      ...printed,
      recorded: Number(numbers.at(-1) ?? 0),
      stored: existsSync(path as string)
        ? readFileSync(path as string, 'utf8')
            .split('\n')
            .filter(Boolean)
        : [],
      spilled: spilledIn(spillDirectory),
      counted: Number(told ?? 0),
      ...(await ringIn(ring as string)),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function ringIn(path: string): Promise<Pick<Left, 'ringEnd' | 'inRing'>> {
  const ring = await openRing(path);
  let inRing = 0;
  for await (const batch of ring.batches()) {
    inRing += batch.filter(({ component }) => component === 'child').length;
  }
  const { recovered } = JSON.parse(ring.metadataSoFar()) as {
    recovered: { end?: string };
  };
  return { ringEnd: recovered.end ?? 'nothing', inRing };
}
