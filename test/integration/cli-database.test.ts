import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunInfo } from '../../src/event/recorded-event.js';
import type { TraceEvent } from '../../src/event/trace-event.js';
import { runCli } from '../support/capture-io.js';
import { connect, makeStoreFolder, openStore } from '../support/store-folder.js';
import { formatExport, makeEvent } from '../support/write-export.js';

const REQUEST = '3f2a9c5b7d1e4f60';
// The clock of formatExport: a test below fails when it is another.
const RUN: RunInfo = {
  run: '00000000-0000-4000-8000-000000000001',
  pid: 4711,
  anchors: [{ steadyNs: 1_000_000_000n, wallNs: 1_700_000_000_000_000_001n }],
};
const events = Array.from({ length: 200 }, (_, index) =>
  makeEvent({
    // Not in the order of time.
    timestampNs: 1_000_000_000n + BigInt((index * 37) % 200) * 1_000_001n,
    requestId: index % 4 ? REQUEST : 'other',
    eventType: `type${index % 3}`,
    severity: index % 10 ? 'Info' : 'Error',
    durationNs: BigInt(index),
    attributes: index % 2 ? { process: 'gpu.place', note: '"{\n' } : {},
  }),
);
const placed = (from: readonly TraceEvent[], lane = 0) =>
  from.map((event, sequence) => ({ lane, sequence, event }));

/** The same events as an export, and as the database of a store that is still open. */
async function makeFiles(): Promise<{ json: string; db: string }> {
  const { store, path } = await openStore();
  await store.append(RUN, placed(events));
  const json = join(makeStoreFolder(), 'trace.json');
  writeFileSync(json, formatExport(events));
  return { json, db: path };
}

describe('P3: the commands on a database say what they say of an export', () => {
  it.each([
    ['query', '--json'],
    ['query', '--json', '--type', 'type1', '--min-severity', 'error', '--from', '+50ms'],
    ['query', '--json', '--from', '2023-11-14T22:13:20.05Z', '--limit', '7'],
    ['query'],
    ['chain', REQUEST, '--json'],
    ['chain', REQUEST],
  ])('%s %s %s %s %s %s %s', async (command, ...options) => {
    const { json, db } = await makeFiles();
    const known = options.filter((option) => option !== undefined);
    const [first, ...rest] = command === 'chain' ? known : ['', ...known];
    const args = (file: string) => [command, file, first, ...rest].filter((arg) => arg !== '');
    const expected = await runCli(args(json) as string[]);
    expect(expected.exit).toBe(0);
    expect(expected.stdout.split('\n').length).toBeGreaterThan(5);
    expect(await runCli(args(db) as string[])).toEqual(expected);
  });

  it('summary has the same groups, and says what it is of', async () => {
    const { json, db } = await makeFiles();
    const groupsOf = async (file: string) => {
      const { metadata, ...rest } = JSON.parse((await runCli(['summary', file, '--json'])).stdout);
      return { clock: metadata.clock, rest };
    };
    expect(await groupsOf(db)).toEqual(await groupsOf(json));
    const { stdout } = await runCli(['summary', db]);
    expect(stdout).toContain('events      200 stored, of 1 run\n');
    expect(stdout).toContain('recorder    process 4711, the newest');
    expect(stdout).not.toContain('dropped');
  });
});

it('runs on different clocks are put on one, by wall time', async () => {
  const { store, path } = await openStore();
  await store.append(RUN, placed(events.slice(0, 1)));
  // Started a second later, after the machine had booted again.
  const later = {
    ...RUN,
    run: '00000000-0000-4000-8000-000000000002',
    anchors: [{ steadyNs: 5n, wallNs: 1_700_000_001_000_000_001n }],
  };
  await store.append(later, placed([makeEvent({ timestampNs: 7n, eventType: 'after' })]));
  const { stdout } = await runCli(['query', path, '--json']);
  expect(stdout.match(/"timestamp_ns":-?\d+/g)).toEqual([
    '"timestamp_ns":-999999995',
    '"timestamp_ns":7',
  ]);
  expect((await runCli(['query', path])).stdout).toContain('2023-11-14T22:13:20.000000001Z');
});

it('validate finds a sound database valid, and says what is wrong with another', async () => {
  const { db } = await makeFiles();
  expect(await runCli(['validate', db])).toMatchObject({
    exit: 0,
    stdout: `${db}: valid, 200 events\n`,
  });
  const database = await connect(db);
  database.exec('UPDATE event SET severity = 9 WHERE id = 7');
  const strange = await runCli(['validate', db]);
  expect(strange.exit).not.toBe(0);
  expect(strange.stdout + strange.stderr).toContain('event 7 has no severity');
  database.exec('UPDATE event SET severity = 0, process = 99 WHERE id = 7');
  const orphan = await runCli(['validate', db, '--json']);
  expect(orphan.exit).toBe(1);
  expect(JSON.parse(orphan.stdout)).toMatchObject({
    valid: false,
    problem_count: 1,
    problems: [{ message: '1 events are of no known process' }],
  });
});

it('says of a damaged or foreign database what it is', async () => {
  const { store, path } = await openStore();
  await store.append(RUN, placed(events));
  await store.close();
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.fill(0xa5, 8192));
  const damaged = await runCli(['validate', path]);
  expect(damaged.exit).not.toBe(0);
  expect(damaged.stdout + damaged.stderr).toMatch(/malformed|invalid|corrupt/);
  const summary = await runCli(['summary', path]);
  expect([summary.exit, summary.stdout]).toEqual([2, '']);
  expect(summary.stderr).toContain('ERR_TRACE_FORMAT');

  const foreign = join(makeStoreFolder(), 'foreign.db');
  (await connect(foreign)).exec('CREATE TABLE invoices (id)');
  const { exit, stderr } = await runCli(['query', foreign]);
  expect(exit).toBe(2);
  expect(stderr).toMatch(/expected an aegis-trace database .* got that of another program/);
});
