// What the bench must find: one line for each figure, in the order in which they are printed.

export const SUITES = [
  'record',
  'query',
  'export',
  'cpp',
  'threads',
  'context',
  'monitor',
  'ring-file',
  'pipeline',
  'store',
  'hub',
  'gate',
  'toggle',
  'alerts',
];

const atLeast = (bound, key, what) => ({ key, what, bound, unit: '×', holds: (v) => v >= bound });
const atMost = (bound, unit, key, what) => ({ key, what, bound, unit, holds: (v) => v <= bound });

export const FIGURES = [
  atLeast(11, 'record.vs_otel', 'record() against an OpenTelemetry span'),
  atLeast(14, 'record.vs_pino', 'record() against pino to /dev/null'),
  atLeast(7, 'record.vs_js_1m', 'record() against a JS ring of 1 M events'),
  atLeast(1.8, 'record.vs_js_10k', 'record() against a JS ring of 10 k events'),
  atLeast(1.3, 'record.vs_js_1m_bare', 'the same of 1 M without ids'),
  atLeast(0.25, 'record.vs_js_10k_bare', 'the same of 10 k without ids'),
  atMost(1.4, '×', 'record.growth', 'record() at 1 M over 10 k'),
  atMost(5, 'MB', 'record.rss_growth_mb', 'memory growth over 100 M records'),
  atLeast(8, 'query.chain_vs_js', 'one chain in 1 M events against JS filter'),
  atLeast(3, 'export.vs_js', 'exportJson of 1 M against JSON.stringify'),
  atMost(20, 'ms', 'export.loop_p99_ms', 'event-loop delay while exporting, P99'),
  atLeast(2.3, 'cpp.vs_spdlog', 'C++ record_now against spdlog backtrace'),
  atLeast(1.7, 'cpp.scale_2', 'C++ throughput, 2 threads over 1'),
  atMost(20, 'µs', 'threads.record_p999_us', 'record() during an export, P99.9'),
  atMost(30, 'ns', 'context.get_ns', 'getOperationId()'),
  atMost(1, 'µs', 'context.log_added_us', 'a pino call with the id over one without'),
  atLeast(0.95, 'context.http_ratio', 'requests per second with register'),
  atLeast(0.95, 'context.http_waiting_ratio', 'the same where the handler waits for 2 ms'),
  atMost(0.3, '×', 'context.log_growth', 'log volume that the id adds'),
  atLeast(6, 'monitor.bare_vs_otel', 'monitor() against startActiveSpan, added'),
  atLeast(2.5, 'monitor.capture_vs_otel', 'the same with arguments and result'),
  atMost(2, 'µs', 'monitor.capture_us', 'what monitor() with both adds'),
  atMost(1, 'ms', 'monitor.hostile_max_ms', 'the same at most, for hostile values'),
  atMost(20, 'ms', 'monitor.mask_1mb_ms', 'masking 1 MB of text, a secret in each line'),
  atMost(1.15, '×', 'file.vs_memory', 'record() into a ring file over memory, 10 k'),
  atMost(1.15, '×', 'file.vs_memory_1m', 'the same at 1 M'),
  atMost(1.15, '×', 'file.cpp_vs_memory', 'C++ record_now into a ring file over memory'),
  { ...atLeast(40_000, 'pipeline.events_per_s', 'record() to committed row, a second'), unit: '' },
  atLeast(0.6, 'pipeline.vs_sqlite_limit', 'the same against a bare insert loop'),
  atMost(5, 'ms', 'pipeline.loop_p99_ms', 'event-loop delay at 50 000 events/s, P99'),
  atMost(1.25, '×', 'pipeline.record_ratio', 'record() with a pipeline over without'),
  atMost(5, 'ms', 'pipeline.batch_p99_ms', 'a batch of 100 committed, P99'),
  { ...atLeast(40_000, 'store.append_per_s', 'events appended to the store'), unit: '/s' },
  atLeast(0.6, 'store.vs_sqlite_limit', 'the same over a bare loop of inserts'),
  atMost(20, 'ms', 'store.page_p95_ms', 'a page of 50 from 1 M, with its count, P95'),
  atMost(100, 'ms', 'store.search_p95_ms', 'the same with a text search, P95'),
  atMost(20, 'ms', 'store.percentiles_p95_ms', 'percentiles of one process over 6 h of 1 M, P95'),
  atMost(20, 'ms', 'store.trend_p95_ms', 'a trend of 60 parts over the same, P95'),
  atMost(20, 'ms', 'store.requests_p95_ms', 'the newest 50 requests of 1 M events, P95'),
  { ...atLeast(200_000, 'store.after_per_s', 'events read by after(), 1 000 a page'), unit: '/s' },
  atMost(50, 'ms', 'store.purge_stall_ms', 'an append of 100 while a purge runs, P99'),
  { ...atLeast(40_000, 'hub.events_per_s', 'events acknowledged by a hub, 4 senders'), unit: '/s' },
  {
    ...atLeast(20_000, 'hub.otlp_spans_per_s', 'spans acknowledged by a hub, OTLP protobuf'),
    unit: '/s',
  },
  { ...atLeast(8_000, 'hub.otlp_json_spans_per_s', 'the same in JSON'), unit: '/s' },
  atMost(
    1.05,
    '×',
    'hub.otel_register_ratio',
    'a span of an OpenTelemetry program with `register` loaded over without',
  ),
  atMost(
    1.5,
    '×',
    'hub.backup_ingest_ratio',
    'ingest P99 at 10 000 events/s during a backup of 1 M events over without',
  ),
  atLeast(0.3, 'hub.vs_store', "the same over the store's own append"),
  atMost(
    50,
    'ms',
    'hub.ingest_p99_ms',
    'request to answer at 10 000 events/s in batches of 100, P99',
  ),
  atMost(10, 'ms', 'hub.page_p95_ms', 'a page of 50 from 1 M over HTTP, P95'),
  atMost(50, 'ms', 'hub.search_p95_ms', 'the same with a text search, P95'),
  atMost(5, 'ms', 'hub.chain_p95_ms', 'the chain of a request among 1 M events, P95'),
  atMost(300, 'ms', 'hub.tail_p95_ms', 'record() to a client of a stream at 1 000 events/s, P95'),
  atMost(300, 'MB', 'hub.rss_mb', 'memory of a hub, 100 streams, 10 000 events/s'),
  atMost(20, 'MB', 'hub.rss_growth_mb', 'what that grows by to the last quarter'),
  atMost(50, 'MB', 'hub.install_mb', 'node_modules of an empty project with it'),
  atMost(2_000, 'ms', 'hub.start_ms', 'start of a hub to its first answer'),
  atMost(1.3, '×', 'hub.record_ratio', 'record() with a hub as the sink over no pipeline'),
  atMost(30, 'ns', 'gate.should_trace_ns', 'shouldTrace(), half of the ids HOT'),
  atMost(1.25, '×', 'gate.cold_ratio', 'record() with a gate, all COLD, over no pipeline'),
  atMost(1.05, '×', 'gate.cold_cpu', 'CPU time of the process likewise'),
  atMost(2_000, 'bytes', 'gate.cold_bytes', 'sent in a minute of 50 000 COLD events/s'),
  atMost(1_000, 'ms', 'gate.backfill_ms', 'question to the last event, 3 processes, P95'),
  atMost(2, 'ms', 'gate.config_p99_ms', '/tracing/config 304 at 10 000 events/s, 1 000 HOT, P99'),
  atMost(1_000, 'ms', 'gate.spread_ms', 'a change to 5 000 listeners, P99'),
  atMost(100, 'MB', 'gate.spread_mb', 'memory of the hub for these'),
  atMost(5, 'ns', 'toggle.check_ns', 'isTracingEnabled()'),
  atMost(1_000, 'ms', 'toggle.spread_ms', 'PATCH to each of 4 processes acting on it, P99 of 200'),
  atMost(20, 'ns', 'toggle.disabled_ns', 'record() of a project that is off'),
  atMost(3, 'ns', 'toggle.disabled_cpp_ns', 'the same in C++'),
  atMost(20, 'ns', 'toggle.disabled_call_ns', 'a monitored call of it over the bare call'),
  atMost(1, 'ms', 'toggle.blackhole_ms', 'event-loop delay P99, Redis black-holed over well'),
  atMost(0.1, 'cores', 'alerts.cpu_share', '50 rules every 15 s on 1 M events'),
  atMost(1.2, '×', 'alerts.ingest_ratio', 'ingest P99 at 10 000 events/s with them over without'),
  atMost(10, 's', 'alerts.simulate_s', 'one rule over 6 h of 1 M events, every 15 s'),
];

/** `≥ 11×`, `≤ 20 ms` */
export function boundText({ bound, unit, holds }) {
  return `${holds(Number.POSITIVE_INFINITY) ? '≥' : '≤'} ${amountText(bound, unit)}`;
}

/** A value with three significant digits and its unit. */
export function amountText(value, unit) {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  const number = String(Number(value.toFixed(digits)));
  return unit === '×' ? `${number}×` : `${number} ${unit}`;
}
