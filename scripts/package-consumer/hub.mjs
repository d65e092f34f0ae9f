// Starts a hub as a program does that has the package; with --omit=optional it must say what is missing.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHub } from 'aegis-trace/hub';

const folder = mkdtempSync(join(tmpdir(), 'aegis-consumer-'));
const start = () => startHub({ port: 0, database: join(folder, 'hub.db') });
try {
  if (process.argv.includes('--omit=optional')) {
    await assert.rejects(start, { code: 'ERR_TRACE_PEER', message: /npm install fastify/ });
  } else {
    const hub = await start();
    const answer = await fetch(`${hub.url}/ready`);
    assert.deepEqual(await answer.json(), { status: 'ready' });
    assert.equal(hub.madeKeys.length, 3);
    await hub.close();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
