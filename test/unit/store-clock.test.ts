// The clock that retention goes by.

import { expect, it, vi } from 'vitest';
import { DatabaseReader } from '../../src/store/sqlite/read-database.js';
import {
  makeEvents,
  makeRecorded,
  makeRun,
  STEADY_NS,
  WALL_NS,
} from '../support/recorded-events.js';
import { connect, openStore, passTime } from '../support/store-folder.js';

const HOUR_MS = 3_600_000;

it("a step of this machine's wall clock, in either direction, makes nothing older", async () => {
  const { store } = await openStore();
  await store.append(makeRun(), makeEvents(5));
  const now = Date.now();
  const wall = vi.spyOn(Date, 'now');
  for (const stepMs of [7 * HOUR_MS, -7 * HOUR_MS, 50 * 365 * 24 * HOUR_MS]) {
    wall.mockReturnValue(now + stepMs);
    await store.append(makeRun(), makeEvents(5));
    expect(await store.maintain()).toEqual({ removed: 0, isDone: true });
  }
  wall.mockRestore();
  expect((await store.stats()).events).toBe(20);
});

it('time goes on for the store while nobody has it open', async () => {
  const { store, path } = await openStore();
  await store.append(makeRun(), makeEvents(5));
  await store.close();
  const database = await connect(path);
  // As it would be if all this had been written seven hours before, since the same boot.
  database.exec(`UPDATE store SET boot_ms = boot_ms - ${7 * HOUR_MS}`);
  database.close();
  const { store: again } = await openStore({ path });
  await again.append(makeRun(), makeEvents(3));
  expect(await again.maintain()).toEqual({ removed: 5, isDone: true });
});

it('after a boot, or on another machine, no time has passed, and it goes on from there', async () => {
  const { store, path } = await openStore();
  await store.append(makeRun(), makeEvents(5));
  const database = await connect(path);
  const clockMs = () => database.prepare('SELECT clock_ms FROM store').get()?.clock_ms as number;
  const before = clockMs();
  // A machine that had run for a year.
  database.exec(`UPDATE store SET boot = 'another', boot_ms = ${365 * 24 * HOUR_MS}`);
  expect(await store.maintain()).toEqual({ removed: 0, isDone: true });
  expect(clockMs()).toBe(before);
  expect(database.prepare('SELECT boot FROM store').get()?.boot).not.toBe('another');
  await passTime(path, 7 * HOUR_MS);
  expect(await store.maintain()).toEqual({ removed: 5, isDone: true });
});

it('what was inserted within the retention is never removed, though times are kept by the second', async () => {
  const { store, path } = await openStore();
  const run = makeRun();
  // A quarter of a second apart, each removed at one to two seconds of age.
  for (const event of makeEvents(20)) {
    await store.append(run, [event]);
    await passTime(path, 250);
  }
  const { removed } = await store.purge(2000);
  expect(removed).toBeLessThanOrEqual(12);
  expect(removed).toBeGreaterThanOrEqual(8);
  expect((await store.query()).events.at(-1)?.sequence).toBe(removed);
});

it("an event from after a step of its run's wall clock is read to the nanosecond", async () => {
  const { store, path } = await openStore();
  const run = makeRun();
  const stepNs = 7n * 3_600_000_000_000n;
  const at = (ns: bigint) => STEADY_NS + ns;
  const anchors = [...run.anchors, { steadyNs: at(2_000_000n), wallNs: WALL_NS + stepNs }];
  const times = [1_000_123n, 2_000_123n, 5_000_456n];
  await store.append(
    { ...run, anchors },
    times.map((ns, sequence) => makeRecorded(sequence, { timestampNs: at(ns) })),
  );
  await store.close();
  const reader = await DatabaseReader.open(path);
  const read: bigint[] = [];
  for await (const { timestampNs } of reader.events()) read.push(timestampNs - STEADY_NS);
  reader.close();
  // On the clock of the run's first anchor, by wall time.
  expect(read).toEqual([1_000_123n, stepNs + 123n, stepNs + 3_000_456n]);
});
