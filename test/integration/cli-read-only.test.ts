import { chmodSync, cpSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { DIST_URL, runModule } from '../support/child.js';
import { makeStoreFolder, openStore } from '../support/store-folder.js';
import { makeEvent } from '../support/write-export.js';

const RUN = {
  run: '00000000-0000-4000-8000-000000000001',
  pid: 4711,
  anchors: [{ steadyNs: 0n, wallNs: 1_700_000_000_000_000_000n }],
};
const isRoot = process.getuid?.() === 0;
const COMMAND_URL = new URL('cli/run.js', DIST_URL).href;
const SQLITE_URL = pathToFileURL(
  join(import.meta.dirname, '../../dist/store/sqlite/sqlite-driver.js'),
).href;

/** Runs the command as somebody who may read everything and write nothing: root may write anywhere. */
function runAsNobody(...argv: string[]) {
  const source = `
    import { run } from ${JSON.stringify(COMMAND_URL)};
    import { loadDriver } from ${JSON.stringify(SQLITE_URL)};
    await loadDriver();
    if (process.getuid() === 0) { process.setgid(65534); process.setuid(65534); }
    const io = { stdout: process.stdout, stderr: process.stderr, stdin: () => process.stdin, env: {} };
    process.exitCode = await run(process.argv.slice(1), io);`;
  return runModule(source, { args: argv, flags: ['--no-warnings'] });
}

/** A folder that its owner may not write either, with a copy of a database of which `logged` events are in the log. */
async function readOnlyCopy(logged: number): Promise<string> {
  const { store, path } = await openStore();
  const events = Array.from({ length: 20 }, (_, sequence) => ({
    lane: 0,
    sequence,
    event: makeEvent({ timestampNs: BigInt(sequence) }),
  }));
  await store.append(RUN, events.slice(0, 20 - logged));
  await store.maintain();
  await store.append(RUN, events.slice(20 - logged));
  if (logged === 0) await store.close();
  const folder = join(makeStoreFolder(), 'shared');
  mkdirSync(folder);
  for (const suffix of logged === 0 ? [''] : ['', '-wal']) {
    const copy = join(folder, `trace.db${suffix}`);
    cpSync(path + suffix, copy);
    chmodSync(copy, 0o444);
  }
  chmodSync(folder, 0o555);
  chmodSync(join(folder, '..'), 0o755);
  return folder;
}

it('a database is read in a folder that may not be written', async () => {
  const folder = await readOnlyCopy(0);
  const path = join(folder, 'trace.db');
  const [chain, valid, summary] = await Promise.all([
    runAsNobody('chain', path, makeEvent().requestId),
    runAsNobody('validate', path),
    runAsNobody('summary', path),
  ]);
  expect(chain).toMatchObject({ code: 0, stderr: '' });
  expect(chain.stdout).toContain('20 events in 19 ns');
  expect(valid.stdout).toBe(`${path}: valid, 20 events\n`);
  expect(summary.stdout).toContain('events      20 stored, of 1 run');
  expect(readdirSync(folder)).toEqual(['trace.db']);
});

it('what is in a log that cannot be read there is not left out in silence', async () => {
  const folder = await readOnlyCopy(5);
  const { code, stdout, stderr } = await runAsNobody('summary', join(folder, 'trace.db'));
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(
    /bytes of it are in its log, .*trace.db-wal.*copy the database and the log/,
  );
  expect(stderr).toContain('ERR_TRACE_FILE');
});

it.runIf(isRoot)('whoever may not read it is told so', async () => {
  const folder = await readOnlyCopy(0);
  chmodSync(join(folder, 'trace.db'), 0o400);
  const { code, stderr } = await runAsNobody('summary', join(folder, 'trace.db'));
  expect(code).toBe(2);
  expect(stderr).toMatch(/EACCES.*ERR_TRACE_FILE/);
});
