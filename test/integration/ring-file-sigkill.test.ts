// A Node process that is killed while its main thread and two workers record: every event whose record()
// had returned is recovered. The same in C++, far more often: native/test/sigkill_test.cpp.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { recoverRing } from '../../src/export/recover-ring.js';
import { makeTestFolder } from '../support/write-export.js';

const RUNS = process.env.AEGIS_STRESS === '1' ? 60 : 12;
const THREADS = 3;
const script = fileURLToPath(new URL('../support/record-until-killed.mjs', import.meta.url));

const folder = makeTestFolder();
afterAll(folder.remove);

/** The last number each thread has said it recorded, 8 bytes each. */
function acknowledged(path: string): number[] {
  const bytes = readFileSync(path);
  return Array.from({ length: THREADS }, (_, thread) =>
    bytes.length >= 8 * (thread + 1) ? Number(bytes.readBigInt64LE(8 * thread)) : 0,
  );
}

it(`C14: ${RUNS} kills at random moments lose no event that was recorded`, async () => {
  let recovered = 0;
  for (let run = 0; run < RUNS; run++) {
    const file = join(folder.path, 'a.ring');
    const counters = join(folder.path, 'counters');
    rmSync(counters, { force: true });
    closeSync(openSync(counters, 'w'));
    const child = spawn(process.execPath, [script, file, counters], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data'); // all threads record
    await new Promise((resolve) => setTimeout(resolve, 40 * Math.random()));
    child.kill('SIGKILL');
    await once(child, 'close');
    const calls = acknowledged(counters);
    const { metadata, events } = await recoverRing(file);
    expect(metadata).toMatchObject({ pid: child.pid, dropped: 0, cleared: 0 });
    expect(metadata.recovered).toMatchObject({
      skippedRecords: 0,
      skippedChunks: 0,
      closedWallNs: 0n,
    });
    for (let thread = 0; thread < THREADS; thread++) {
      const own = events.filter(({ component }) => component === `thread ${thread}`);
      expect(own.map(({ rationale }) => rationale)).toEqual(
        own.map((_, number) => `event ${number}`),
      );
      expect(own.length).toBeGreaterThanOrEqual(calls[thread] as number);
      expect(own.length).toBeLessThanOrEqual((calls[thread] as number) + 1);
    }
    recovered += events.length;
  }
  expect(recovered).toBeGreaterThan(100 * RUNS);
}, 120_000);
