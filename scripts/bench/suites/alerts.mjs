// The rules of a hub: what looking at them takes, what those who send notice of it, how long a simulation takes.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { measureOnce } from '../rounds.mjs';

export async function runAlertsSuite({ alerts: { events, batch, rules } }) {
  const folder = mkdtempSync(`${tmpdir()}/aegis-bench-`);
  try {
    const path = `${folder}/alerts.db`;
    const once = (contender, more) => measureOnce({ contender, parameters: { path, ...more } });
    await once('store-fill', { events, batch });
    const looked = await once('hub-alerts', rules);
    return {
      results: {
        'alerts.cpu_share': looked.cpu_share,
        'alerts.ingest_ratio': looked.with_p99_ms / looked.without_p99_ms,
        'alerts.simulate_s': looked.simulate_s,
      },
      details: looked,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
