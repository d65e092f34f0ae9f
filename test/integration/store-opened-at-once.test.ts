import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { connect, makeStoreFolder } from '../support/store-folder.js';

const CHILD = fileURLToPath(new URL('../support/open-damaged.mjs', import.meta.url));
const run = promisify(execFile);
const PROCESSES = 4;
const EVENTS = 30;
const ROUNDS = 4;

it('of several processes that open a damaged database at once, none sets aside the new one of another', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const path = join(makeStoreFolder(), 'observability.db');
    const damaged = 'no database '.repeat(2000);
    writeFileSync(path, damaged);
    const startMs = String(Date.now() + 1000);
    const children = await Promise.all(
      Array.from({ length: PROCESSES }, () =>
        run(process.execPath, [CHILD, path, startMs, String(EVENTS)]),
      ),
    );
    const answers = children.map(({ stdout }) => JSON.parse(stdout) as { notices: string[] });
    const kept = readdirSync(dirname(path)).filter((name) => /\.corrupt-[\dTZ.]+$/.test(name));
    expect(kept).toHaveLength(1);
    expect(readFileSync(join(dirname(path), kept[0] as string), 'utf8')).toBe(damaged);
    expect(answers.flatMap(({ notices }) => notices)).toEqual([
      expect.stringContaining('is replaced by a new database'),
    ]);
    const database = await connect(path);
    const [row] = database.prepare('SELECT count(*) AS n FROM event').all();
    expect(row?.n).toBe(PROCESSES * EVENTS);
    expect(database.prepare('PRAGMA integrity_check').get()?.integrity_check).toBe('ok');
  }
}, 60_000);
