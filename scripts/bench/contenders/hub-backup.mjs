// What a backup of a large database does to those who send meanwhile: the same steady rate without and with it.

import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { inRoot } from '../../lib/paths.mjs';
import { HubLoad, startHubProcess } from '../hub-process.mjs';
import { percentile } from '../statistics.mjs';
import { sendSteadily } from '../steady-ingest.mjs';

/** Of a backup, at most. */
const SECONDS_MAX = 300;

export async function measure({ path, perSecond, seconds }) {
  const target = `${path}.backup`;
  rmSync(target, { force: true });
  const hub = await startHubProcess(path);
  const load = new HubLoad(hub);
  try {
    const without = await sendSteadily(load, { perSecond, seconds });
    const backup = startBackup(path, target);
    const during = await sendSteadily(load, {
      perSecond,
      seconds: SECONDS_MAX,
      isDone: () => backup.child.exitCode !== null,
    });
    const said = await backup.ended;
    const p99 = ({ times }) => percentile(times, 0.99);
    return {
      without_p99_ms: p99(without),
      during_p99_ms: p99(during),
      backup_s: during.times.length / (perSecond / 100),
      events: Number(/([\d,]+) events/.exec(said)[1].replaceAll(',', '')),
    };
  } finally {
    load.close();
    await hub.stop();
    rmSync(target, { force: true });
  }
}

function startBackup(path, target) {
  const args = [inRoot('dist/cli/main.js'), 'hub', 'backup', target, '--database', path];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (text) => {
    said += text;
  });
  const ended = new Promise((resolve, reject) => {
    child.once('close', (code) => {
      if (code === 0) resolve(said);
      else reject(new Error(`the backup ended with ${code}`));
    });
  });
  return { child, ended };
}
