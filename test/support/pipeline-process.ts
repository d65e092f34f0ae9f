import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OrphanSpill } from '../../src/collector/drain.js';
import type { PipelineOptions } from '../../src/pipeline/options.js';
import { loadDriver } from '../../src/store/sqlite/sqlite-driver.js';

const CHILD = fileURLToPath(new URL('./pipeline-child.mjs', import.meta.url));

/** Where a test's pipeline keeps things. */
export interface PipelineFolder {
  path: string;
  database: string;
  spill: string;
  remove: () => void;
}

export function makePipelineFolder(parent: string = tmpdir()): PipelineFolder {
  const path = mkdtempSync(join(parent, 'aegis-pipeline-'));
  return {
    path,
    database: join(path, 'trace.db'),
    spill: join(path, 'spill'),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

export interface ChildInput {
  end: string;
  count?: number;
  capacity?: number;
  /** Of each flush. */
  timeoutMs?: number;
  options?: Omit<PipelineOptions, 'collector' | 'sink'> & {
    sink?: PipelineOptions['sink'] | 'function';
  };
  /** A command in front of Node's own, such as strace with its options. */
  prefix?: readonly string[];
}

/** A process of test/support/pipeline-child.mjs. */
export class PipelineProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  stdout = '';
  stderr = '';
  readonly #waiting: (() => void)[] = [];

  constructor({ prefix = [], ...input }: ChildInput) {
    const line = [...prefix, process.execPath, CHILD, JSON.stringify(input)];
    this.child = spawn(line[0] as string, line.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout?.on('data', (text: Buffer) => {
      this.stdout += text.toString();
      for (const look of this.#waiting.splice(0)) look();
    });
    this.child.stderr?.on('data', (text: Buffer) => {
      this.stderr += text.toString();
      for (const look of this.#waiting.splice(0)) look();
    });
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code, signal) => {
        for (const look of this.#waiting.splice(0)) look();
        resolve({ code, signal });
      });
    });
  }

  /** Resolves when so many lines were printed, or when the process has ended. */
  async printed(lines: number): Promise<void> {
    const isOver = () => this.child.exitCode !== null || this.child.signalCode !== null;
    while (this.stdout.split('\n').length <= lines && !isOver()) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Resolves when this was printed to stderr, or when the process has ended. */
  async printedError(text: RegExp): Promise<void> {
    while (
      !text.test(this.stderr) &&
      this.child.exitCode === null &&
      this.child.signalCode === null
    ) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** How many events it had recorded before the last flush that came to its end. */
  get flushed(): number {
    const complete = this.stdout.split('\n').slice(0, -1);
    return Math.max(0, ...complete.map(Number).filter((number) => !Number.isNaN(number)));
  }
}

/** What is left of the processes that wrote into the folder. */
export interface Remains {
  integrity: string;
  /** Processes that have stored something. */
  runs: number;
  /** Request ids in the database, each as often as it is there, of the events of the child itself. */
  stored: string[];
  /** And in spill files that nobody has open. */
  spilled: string[];
}

export async function remainsIn({ database, spill }: PipelineFolder): Promise<Remains> {
  const { DatabaseSync } = await loadDriver();
  const opened = new DatabaseSync(database);
  const column = (sql: string) =>
    opened
      .prepare(sql)
      .all()
      .map((row) => String(Object.values(row as object)[0]));
  const [integrity = ''] = column('PRAGMA integrity_check');
  const stored = column(`SELECT request_id FROM event WHERE component = 'child'`);
  // A place is unique by the schema; an event stored twice under two places would have one id.
  const [twice] = column('SELECT count(*) - count(DISTINCT event_id) FROM event');
  if (twice !== '0') throw new Error(`${twice} events are stored twice`);
  const runs = Number(column(`SELECT count(DISTINCT run) FROM event WHERE component = 'child'`)[0]);
  opened.close();
  return { integrity, runs, stored, spilled: spilledIn(spill) };
}

/** The request ids in the spill files of a folder. */
export function spilledIn(folder: string): string[] {
  const ids: string[] = [];
  for (const path of OrphanSpill.list(folder)) {
    const file = OrphanSpill.open(path);
    for (let events = file?.peek(1000) ?? []; events.length > 0; events = file?.peek(1000) ?? []) {
      ids.push(...events.map(({ event }) => event.requestId));
      file?.acknowledge();
    }
    file?.close();
  }
  return ids;
}

/** The numbers below `count` that are those of errors, or of all events. */
export function numbersBelow(count: number, which: 'errors' | 'all'): string[] {
  const numbers = Array.from({ length: count }, (_, number) => number);
  return numbers.filter((number) => which === 'all' || (number + 1) % 5 === 0).map(String);
}

/** Those of `expected` that are in none of the lists. */
export function missingFrom(
  expected: readonly string[],
  ...lists: (readonly string[])[]
): string[] {
  const found = new Set(lists.flat());
  return expected.filter((id) => !found.has(id));
}
