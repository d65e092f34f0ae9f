// The hub over HTTP, with its load generator on the same machine.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { installedMb } from '../installed-size.mjs';
import { measureApart, measureInRounds, measureOnce } from '../rounds.mjs';

const REGISTER = 'dist/context/register.js';

export async function runHubSuite({
  hub: { rounds, append, ingest, otlp, spans, events, batch, queries, tail, memory, backup },
}) {
  const folder = mkdtempSync(`${tmpdir()}/aegis-bench-`);
  try {
    const details = await measureInRounds(
      'hub',
      {
        store: { contender: 'store-append', parameters: { folder, ...append } },
        hub: { contender: 'hub-ingest', parameters: { folder, ...ingest } },
        otlp: { contender: 'hub-otlp', parameters: { folder, ...otlp } },
        tail: { contender: 'hub-tail', parameters: { folder, ...tail } },
      },
      rounds,
    );
    const program = (preload) => ({ contender: 'otel-span', parameters: { preload, ...spans } });
    const traced = await measureApart(
      'hub',
      { bare: program(), registered: program(REGISTER) },
      spans.rounds,
    );
    const path = `${folder}/queries.db`;
    const once = (contender, more) => measureOnce({ contender, parameters: { path, ...more } });
    await once('store-fill', { events, batch });
    const asked = await once('hub-queries', { queries });
    const backedUp = await once('hub-backup', backup);
    const held = await once('hub-memory', memory);
    const { hub } = details;
    return {
      results: {
        'hub.events_per_s': hub.events_per_s,
        'hub.vs_store': hub.events_per_s / details.store.perSecond,
        'hub.ingest_p99_ms': hub.ingest_p99_ms,
        'hub.otlp_spans_per_s': details.otlp.otlp_spans_per_s,
        'hub.otlp_json_spans_per_s': details.otlp.otlp_json_spans_per_s,
        'hub.otel_register_ratio': traced.registered.ns / traced.bare.ns,
        'hub.page_p95_ms': asked.page_p95_ms,
        'hub.search_p95_ms': asked.search_p95_ms,
        'hub.chain_p95_ms': asked.chain_p95_ms,
        'hub.tail_p95_ms': details.tail.tail_p95_ms,
        'hub.backup_ingest_ratio': backedUp.during_p99_ms / backedUp.without_p99_ms,
        'hub.rss_mb': held.rss_mb,
        'hub.rss_growth_mb': held.rss_growth_mb,
        'hub.start_ms': hub.start_ms,
        'hub.install_mb': installedMb(),
        'hub.record_ratio': details.tail.attached_ns / details.tail.alone_ns,
      },
      details: { ...details, traced, queries: asked, backup: backedUp, memory: held },
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
