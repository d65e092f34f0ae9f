// The page of the hub in Debian's Chromium, over a million events.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { measureOnce } from '../rounds.mjs';

export async function runDashboardSuite({ dashboard: { events, batch, looks } }) {
  const folder = mkdtempSync(`${tmpdir()}/aegis-bench-`);
  try {
    const path = `${folder}/dashboard.db`;
    const once = (contender, more) => measureOnce({ contender, parameters: { path, ...more } });
    await once('store-fill', { events, batch });
    const looked = await once('dashboard', looks);
    const results = Object.entries(looked).map(([name, value]) => [`dashboard.${name}`, value]);
    return { results: Object.fromEntries(results), details: looked };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
