// A follower of a store whose writer is killed, again and again, and that is purged meanwhile.

import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { decodePosition, encodePosition } from '../../src/store/position.js';
import { openStore, passTime } from '../support/store-folder.js';

const WRITER = fileURLToPath(new URL('../support/append-until-killed.mjs', import.meta.url));
const LIVES = 6;
const BATCHES_A_LIFE = 15;
/** While the writer lives: what it has no answer for yet is not to be gone when it is sent again. */
const PURGED_AFTER = 10;

it('a follower sees each event once though the writer is killed in the middle, and what was read is purged', async () => {
  const { store, path } = await openStore();
  const run = randomUUID();
  const seen: number[] = [];
  let saved: string | undefined;
  const read = async (limit: number): Promise<boolean> => {
    const page = await store.after(saved === undefined ? undefined : decodePosition(saved), {
      limit,
    });
    expect([page.isReset, page.hasGap]).toEqual([false, false]);
    seen.push(...page.events.map(({ sequence }) => sequence));
    saved = encodePosition(page.position);
    return page.isEnd;
  };
  let next = 0;
  let purged = 0;
  for (let life = 0; life < LIVES; life++) {
    // It sends again what it has no answer for, as a pipeline does.
    const writer = spawn(process.execPath, [WRITER, path, run, String(next)]);
    const ended = new Promise((resolve) => writer.once('exit', resolve));
    let batches = 0;
    for await (const line of createInterface({ input: writer.stdout })) {
      next = Number(line);
      if (++batches === BATCHES_A_LIFE) writer.kill('SIGKILL');
      if (batches % 4 === 0) await read(7);
      if (batches === PURGED_AFTER) {
        // Of what was inserted before this, all is read by then; what comes after it is too young.
        await passTime(path, 5000);
        while (!(await read(100)));
        purged += (await store.purge(3000)).removed;
      }
    }
    await ended;
    expect(batches).toBeGreaterThanOrEqual(BATCHES_A_LIFE);
  }
  while (!(await read(100)));
  expect(purged).toBeGreaterThan(LIVES * 100);
  expect(seen.length).toBeGreaterThanOrEqual(next);
  expect(seen).toEqual(Array.from({ length: seen.length }, (_, sequence) => sequence));
}, 60_000);
