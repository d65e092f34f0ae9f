import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));
const run = promisify(execFile);
const LINES_MAX = 40;

/** What each of them has to say. */
const SAID: Readonly<Record<string, readonly RegExp[]>> = {
  'record-and-ask.mjs': [/Admitted: utilisation.*\n {2}Selected model_a: earliest/, /recorded: 3,/],
  'worker-threads.mjs': [/^3000 events of 3 threads$/m, /dropped: 0,/],
  'ring-file.mjs': [
    /died of SIGKILL, and says of its end: nothing\n500 events recovered; the last: decision 500/,
  ],
  'express.mjs': [
    /\{ item: 'book', euro: 28, asked: true \}\nShop asked for book\nPrices/,
    /'arg.token': '\*\*\*'/,
  ],
  'fastify.mjs': [
    /"operation_id":"4bf92f35.*"password":"\*\*\*"/,
    /^the id of the caller$/m,
    /\[ 'order 7 admitted' \]/,
  ],
  'piscina.mjs': [
    /a\.png has one id on both sides/,
    /Upload a\.png\nPool a\.png, by a thread of the pool/,
  ],
  'batch-job.mjs': [
    /under way: \[ 'batch-job\.total', /,
    /\[ 449, 'an invoice without lines' \]/,
    /Error Error: an invoice without lines at total/,
  ],
  'hub.mjs': [
    /accepted: 1,\s+inserted: 1,/,
    /^Admission Admitted: utilisation 0.27\nScheduler Worker 2: earliest deadline\n\/infer/m,
    /^complete: unknown$/m,
  ],
  'own-sink.mjs': [
    /flush\(\) says false\nand now true/,
    // With or without what the pipeline itself records when the sink takes batches again.
    /committed: [34], rejected: 1, lost: 0, lostErrors: 0/,
  ],
  'masking.mjs': [/'arg\.password': '\*\*\*'/, /ada:\*\*\*@db\/users failed/],
};

const folder = mkdtempSync(join(tmpdir(), 'aegis-trace-examples-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const programs = readdirSync(EXAMPLES).filter((name) => name.endsWith('.mjs'));

describe('the examples', () => {
  it('are all here, each of at most 40 lines, and in the list', () => {
    expect(programs.toSorted()).toEqual(Object.keys(SAID).toSorted());
    const list = readFileSync(join(EXAMPLES, 'README.md'), 'utf8');
    for (const name of [...programs, 'cpp/main.cpp']) {
      const lines = readFileSync(join(EXAMPLES, name), 'utf8').trimEnd().split('\n').length;
      expect(lines, name).toBeLessThanOrEqual(LINES_MAX);
      expect(list).toContain(`\`${name.replace('main.cpp', '')}\``);
    }
  });

  it.concurrent.each(programs)('%s runs as it stands, and leaks no secret', async (name) => {
    const here = mkdtempSync(join(folder, 'run-'));
    // Rejects when it exits with anything but 0.
    const { stdout } = await run(process.execPath, [join(EXAMPLES, name)], { cwd: here });
    for (const said of SAID[name] ?? []) expect(stdout).toMatch(said);
    expect(stdout).not.toMatch(/hunter2|abc\.def|YWRhOndyb25n|DE89|'secret'/);
  });

  it('the one in C++ builds against the library, and says what happened to request 7', () => {
    const build = join(folder, 'cpp');
    const cmake = (...args: string[]) => spawnSync('cmake', args, { encoding: 'utf8' });
    const made = cmake('-S', join(EXAMPLES, 'cpp'), '-B', build, '-DCMAKE_BUILD_TYPE=Release');
    expect(made.status, made.stderr).toBe(0);
    const built = cmake('--build', build, '--parallel', '2', '--target', 'scheduler');
    expect(built.status, built.stdout).toBe(0);
    const { stdout } = spawnSync(join(build, 'scheduler'), { encoding: 'utf8', cwd: folder });
    expect(stdout).toMatch(
      /worker [12]: earliest deadline\n(?:.*\n)*Scheduler: 19 ms late\n201 recorded, 0 dropped/,
    );
  }, 300_000);
});
