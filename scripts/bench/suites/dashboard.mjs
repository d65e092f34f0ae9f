// The page of the hub in Debian's Chromium, over a million events.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { measureOnce } from '../rounds.mjs';

export async function runDashboardSuite({ dashboard: { events, manyEvents, batch, looks } }) {
  const folder = mkdtempSync(`${tmpdir()}/aegis-bench-`);
  try {
    const once = (contender, parameters) => measureOnce({ contender, parameters });
    const path = `${folder}/dashboard.db`;
    await once('store-fill', { path, events, batch });
    const looked = await once('dashboard', { path, ...looks });
    const many = `${folder}/many.db`;
    await once('store-fill', { path: many, events: manyEvents, batch });
    const { page_p95_ms } = await once('dashboard-turns', { path: many, turns: looks.turns });
    const all = { ...looked, page_10m_p95_ms: page_p95_ms };
    const results = Object.entries(all).map(([name, value]) => [`dashboard.${name}`, value]);
    return { results: Object.fromEntries(results), details: all };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
