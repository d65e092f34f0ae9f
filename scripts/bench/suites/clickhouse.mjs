// A store in Debian's ClickHouse, and a hub over it, with the server on the same cores.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { startClickHouse } from '../clickhouse-process.mjs';
import { measureInRounds, measureOnce } from '../rounds.mjs';

export async function runClickHouseSuite({
  clickhouse: { rounds, append, ingest, events, manyEvents, batch, queries },
}) {
  const folder = mkdtempSync(`${tmpdir()}/aegis-bench-`);
  const server = await startClickHouse(folder);
  try {
    const url = await server.store('append');
    const through = (form) => ({
      contender: 'clickhouse-append',
      parameters: { url, form, ...append },
    });
    const appended = await measureInRounds(
      'clickhouse',
      { store: through('store'), rows: through('rows'), text: through('text') },
      rounds,
    );
    const once = (contender, parameters) => measureOnce({ contender, parameters });
    const more = ['--store', await server.store('hub')];
    const hub = await once('hub-ingest', { folder, more, ...ingest });
    // For comparison, in the same run.
    const sqlite = await once('hub-ingest', { folder, ...ingest });
    const few = await server.store('few');
    await once('clickhouse-fill', { url: few, events, batch });
    const askedFew = await once('clickhouse-queries', { url: few, queries });
    const many = await server.store('many');
    const filled = await once('clickhouse-fill', { url: many, events: manyEvents, batch });
    const asked = await once('clickhouse-queries', { url: many, queries });
    return {
      results: {
        'clickhouse.vs_client': appended.store.perSecond / appended.rows.perSecond,
        'clickhouse.events_per_s': hub.events_per_s,
        'clickhouse.page_p95_ms': asked.page_p95_ms,
        'clickhouse.chain_p95_ms': asked.chain_p95_ms,
        'clickhouse.growth': Math.max(
          asked.page_p95_ms / askedFew.page_p95_ms,
          asked.chain_p95_ms / askedFew.chain_p95_ms,
        ),
        'clickhouse.mb_per_million': filled.mb_per_million,
      },
      details: { ...appended, hub, sqlite, filled, few: askedFew, many: asked },
    };
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}
