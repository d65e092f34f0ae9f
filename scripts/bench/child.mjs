// A process of one round: node --expose-gc child.mjs ENTRIES, where ENTRIES is JSON, a list of
// [name, { contender, parameters }]. Prints what each measured, by name, as JSON.

const contenders = {
  aegis: () => import('./contenders/aegis.mjs'),
  'aegis-memory': () => import('./contenders/aegis-memory.mjs'),
  'aegis-while-exporting': () => import('./contenders/aegis-while-exporting.mjs'),
  'otel-span': () => import('./contenders/otel-span.mjs'),
  opentelemetry: () => import('./contenders/opentelemetry.mjs'),
  pino: () => import('./contenders/pino.mjs'),
  'performance-mark': () => import('./contenders/performance-mark.mjs'),
  'diagnostics-channel': () => import('./contenders/diagnostics-channel.mjs'),
  'js-ring': () => import('./contenders/js-ring.mjs'),
  'chain-aegis': () => import('./contenders/chain-aegis.mjs'),
  'chain-js': () => import('./contenders/chain-js.mjs'),
  'export-aegis': () => import('./contenders/export-aegis.mjs'),
  'context-get': () => import('./contenders/context-get.mjs'),
  'context-log': () => import('./contenders/context-log.mjs'),
  'context-log-growth': () => import('./contenders/context-log-growth.mjs'),
  'context-http': () => import('./contenders/context-http.mjs'),
  'mask-text': () => import('./contenders/mask-text.mjs'),
  'monitor-hostile': () => import('./contenders/monitor-hostile.mjs'),
  'monitored-call': () => import('./contenders/monitored-call.mjs'),
  pipeline: () => import('./contenders/pipeline.mjs'),
  'pipeline-record': () => import('./contenders/pipeline-record.mjs'),
  'store-append': () => import('./contenders/store-append.mjs'),
  'store-fill': () => import('./contenders/store-fill.mjs'),
  'store-queries': () => import('./contenders/store-queries.mjs'),
  'store-purge': () => import('./contenders/store-purge.mjs'),
  'gate-backfill': () => import('./contenders/gate-backfill.mjs'),
  'gate-bytes': () => import('./contenders/gate-bytes.mjs'),
  'gate-config': () => import('./contenders/gate-config.mjs'),
  'gate-record': () => import('./contenders/gate-record.mjs'),
  'hub-backup': () => import('./contenders/hub-backup.mjs'),
  'hub-ingest': () => import('./contenders/hub-ingest.mjs'),
  'hub-memory': () => import('./contenders/hub-memory.mjs'),
  'hub-otlp': () => import('./contenders/hub-otlp.mjs'),
  'hub-queries': () => import('./contenders/hub-queries.mjs'),
  'hub-tail': () => import('./contenders/hub-tail.mjs'),
  'export-js': () => import('./contenders/export-js.mjs'),
};

const measured = {};
for (const [name, { contender, parameters }] of JSON.parse(process.argv[2])) {
  const { measure } = await contenders[contender]();
  measured[name] = await measure(parameters);
  globalThis.gc();
}
process.stdout.write(JSON.stringify(measured));
