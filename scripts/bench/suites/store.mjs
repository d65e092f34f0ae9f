// The SQLite store: what appending costs beside a bare loop, and what a dashboard's questions take.

import { makeMemoryFolder } from '../memory-folder.mjs';
import { measureInRounds, measureOnce } from '../rounds.mjs';

export async function runStoreSuite({ store: { rounds, append, events, batch, queries } }) {
  const { folder, isMemory, remove } = makeMemoryFolder();
  try {
    const parameters = { folder, ...append };
    const details = await measureInRounds(
      'store',
      {
        append: { contender: 'store-append', parameters },
        bare: { contender: 'store-append', parameters: { ...parameters, bare: true } },
      },
      rounds,
    );
    const path = `${folder}/queries.db`;
    const once = (contender, more) =>
      measureOnce({ contender, parameters: { path, events, ...more } });
    const fill = await once('store-fill', { batch });
    const asked = await once('store-queries', { queries });
    const purge = await once('store-purge', { share: 0.25 });
    return {
      results: {
        'store.append_per_s': details.append.perSecond,
        'store.vs_sqlite_limit': details.append.perSecond / details.bare.perSecond,
        'store.page_p95_ms': asked.page_p95_ms,
        'store.search_p95_ms': asked.search_p95_ms,
        'store.percentiles_p95_ms': asked.percentiles_p95_ms,
        'store.trend_p95_ms': asked.trend_p95_ms,
        'store.requests_p95_ms': asked.requests_p95_ms,
        'store.after_per_s': asked.after_per_s,
        'store.purge_stall_ms': purge.writer_p99_ms,
      },
      details: { ...details, fill, queries: asked, purge, in_tmpfs: isMemory },
    };
  } finally {
    remove();
  }
}
