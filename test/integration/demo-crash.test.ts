// `npm start -- --crash`: a run that kills itself, what is shown of it, and that the proof can fail.
import { appendFileSync, copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
// @ts-expect-error: plain JavaScript
import { filesBeside } from '../../scripts/demo/files.mjs';
// @ts-expect-error: plain JavaScript
import { crashProblems } from '../../scripts/demo/proof/crash-check.mjs';
// @ts-expect-error: plain JavaScript
import { readRemains } from '../../scripts/demo/proof/remains.mjs';
import { loadDriver } from '../../src/store/sqlite/sqlite-driver.js';
import { type ChildEnd, runProcess } from '../support/child.js';
import { makeTestFolder } from '../support/write-export.js';

const DEMO = fileURLToPath(new URL('../../scripts/demo/main.mjs', import.meta.url));
const THREADS = 5;
const folder = makeTestFolder();
afterAll(folder.remove);

const demo = (...args: string[]): Promise<ChildEnd> =>
  runProcess(process.execPath, [DEMO, ...args]);

/** Twenty requests in each of so many seconds of the trace, a tenth of them more than its workers can do in time. */
function workload(seconds: number): string {
  const rows = ['TIMESTAMP,ContextTokens,GeneratedTokens'];
  for (let second = 0; second < seconds; second++) {
    const time = `2023-11-16 18:00:${String(second).padStart(2, '0')}.0000000`;
    for (let request = 0; request < 20; request++) rows.push(`${time},500,${10 + 20 * request}`);
  }
  return folder.write('steady.csv', rows.join('\n'));
}

const out = `${folder.path}/crash.json`;
const files = filesBeside(out) as Record<'ring' | 'database' | 'returned' | 'flushed', string>;
const args = ['--workload', workload(40), '--seconds', '6', '--out', out];
let end: ChildEnd;
beforeAll(async () => {
  end = await demo(...args, '--crash', '1.2');
}, 60_000);

const problemsNow = async (): Promise<string[]> =>
  crashProblems(await readRemains(files, 1), THREADS);

describe('a run that kills itself', () => {
  it('C14, P2: has lost nothing that it must not lose', () => {
    expect(end.stderr).toBe('');
    expect(end.code).toBe(0);
    expect(end.stdout).toMatch(
      /process \d+ killed itself with SIGKILL, \d[\d.]* s into a replay of/,
    );
    expect(end.stdout).toMatch(
      /ring +\S+crash\.ring, [\d,]+ events recovered .* 0 torn, 0 dropped/,
    );
    expect(end.stdout).toMatch(/had returned [1-9][\d,]* times .*: all of that is there/);
    expect(end.stdout).toMatch(
      /chains +[1-9][\d,]* answered, [\d,]+ in flight, [\d,]+ rejected; none has/,
    );
    expect(end.stdout).toMatch(
      /acknowledged before: [1-9][\d,]* events, [\d,]+ errors?; all of them/,
    );
  });

  it('shows who was in flight, and the story of one up to its last event', () => {
    const [, inFlight = '0'] = /In flight when it died: (\d+) request/.exec(end.stdout) ?? [];
    const rows = end.stdout.match(/^ {2}[0-9a-f]{8} {2}steady +\S.* ms ago +\S+ ms ago$/gm) ?? [];
    expect(rows).toHaveLength(Math.min(8, Number(inFlight)));
    const [, id = '', story = ''] =
      /request ([0-9a-f]{32})\n\n +ms\n([\s\S]*?)\n\nWhat is left/.exec(end.stdout) ?? [];
    expect(rows.map((row) => row.slice(2, 10))).toContain(id.slice(0, 8));
    expect(story).toMatch(/ decision +Admitted: /);
    expect(story).not.toMatch(/ decision +Answered /);
    expect(story.split('\n').at(-1)).toMatch(/ killed +SIGKILL: no thread has recorded/);
    for (const line of end.stdout.split('\n')) {
      // Paths are as long as they are.
      if (!line.includes(folder.path)) expect(line.length).toBeLessThanOrEqual(100);
    }
  });

  it('leaves what the commands read', async () => {
    const [, id = ''] = / {2}request ([0-9a-f]{32})\n/.exec(end.stdout) ?? [];
    const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
    for (const file of [files.ring, out]) {
      const { code, stdout } = await runProcess(process.execPath, [cli, 'chain', file, id]);
      expect(code).toBe(0);
      expect(stdout).toContain('Admission  admission_result');
    }
    const { code } = await runProcess(process.execPath, [cli, 'validate', files.database]);
    expect(code).toBe(0);
  });
});

describe('the proof fails when', () => {
  it('nothing was damaged: not then', async () => {
    expect(await problemsNow()).toEqual([]);
  });

  it('an event is missing in the ring that was recorded', async () => {
    const journal = readFileSync(files.returned);
    appendFileSync(files.returned, Buffer.alloc(16, 7));
    const [gone] = await problemsNow();
    writeFileSync(files.returned, journal);
    expect(gone).toBe('1 events were recorded and are not in the ring; it dropped 0');
  });

  it('a record of the ring is damaged', async () => {
    const ring = readFileSync(files.ring);
    const at = ring.indexOf('Admitted: utilisation');
    writeFileSync(
      files.ring,
      Buffer.concat([ring.subarray(0, at), Buffer.from('a'), ring.subarray(at + 1)]),
    );
    const problems = await problemsNow();
    writeFileSync(files.ring, ring);
    expect(problems).toContain('1 records and 0 chunks of the ring are damaged');
    expect(problems).toContain('1 events were recorded and are not in the ring; it dropped 0');
  });

  it('an event that had been flushed is not in the database, or another one', async () => {
    const { DatabaseSync } = await loadDriver();
    const whole = `${folder.path}/whole.db`;
    copyFileSync(files.database, whole);
    const change = (sql: string) => {
      const database = new DatabaseSync(files.database);
      database.exec(sql);
      database.close();
    };
    change('DELETE FROM event WHERE id = (SELECT min(id) FROM event)');
    const missing = await problemsNow();
    copyFileSync(whole, files.database);
    change("UPDATE event SET rationale = 'no' WHERE id = (SELECT max(id) FROM event)");
    const unlike = await problemsNow();
    copyFileSync(whole, files.database);
    expect(missing).toEqual(['1 events that had been flushed are not in the database']);
    expect(unlike).toEqual(['1 rows differ from the event in the ring']);
  });
});

it('a crash after the end of the replay is no crash: exit 2', async () => {
  const { code, stdout, stderr } = await demo(...args, '--crash', '7');
  expect(stderr).toMatch(
    /^aegis-trace: --crash must be before the end of the replay, 6\.00 s; got "7"\n$/,
  );
  expect(stdout).toBe('');
  expect(code).toBe(2);
});

it('the next run keeps the ring of the one that crashed, and nothing else of it', async () => {
  const crashed = readFileSync(files.ring);
  const { code, stdout, stderr } = await demo(...args);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(readFileSync(`${files.ring}.1`).equals(crashed)).toBe(true);
  expect(existsSync(`${files.ring}.2`)).toBe(false);
  const [, recorded = '', inDatabase = ''] =
    /events +([\d,]+) recorded[\s\S]*database +\S+, ([\d,]+) events, each as in the ring; 0 lost/.exec(
      stdout.slice(stdout.indexOf('\nResult')),
    ) ?? [];
  expect(inDatabase).toBe(recorded);
}, 60_000);
