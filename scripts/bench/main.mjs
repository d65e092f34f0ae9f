// What recording, querying and exporting cost beside the alternatives.
//   npm run bench -- [--suite record,query,export,cpp,threads,context,monitor,ring-file,pipeline,store,hub,gate,toggle,alerts,dashboard,clickhouse,
//   cluster] [--quick] [--json]
// The table, or with --json one JSON object, goes to stdout; progress goes to stderr. A figure that
// misses its bound does not fail the run: a shared machine can miss one by noise alone.

import { parseArgs } from 'node:util';
import { runAsMain } from '../lib/main.mjs';
import { ScriptError } from '../lib/run.mjs';
import { describeEnvironment } from './environment.mjs';
import { SUITES } from './figures.mjs';
import { makeReport } from './report.mjs';
import { sizesOf } from './sizes.mjs';
import { runAlertsSuite } from './suites/alerts.mjs';
import { runClickHouseSuite } from './suites/clickhouse.mjs';
import { runClusterSuite } from './suites/cluster.mjs';
import { runContextSuite } from './suites/context.mjs';
import { runCppSuite } from './suites/cpp.mjs';
import { runDashboardSuite } from './suites/dashboard.mjs';
import { runExportSuite } from './suites/export.mjs';
import { runGateSuite } from './suites/gate.mjs';
import { runHubSuite } from './suites/hub.mjs';
import { runMonitorSuite } from './suites/monitor.mjs';
import { runPipelineSuite } from './suites/pipeline.mjs';
import { runQuerySuite } from './suites/query.mjs';
import { runRecordSuite } from './suites/record.mjs';
import { runRingFileSuite } from './suites/ring-file.mjs';
import { runStoreSuite } from './suites/store.mjs';
import { runThreadsSuite } from './suites/threads.mjs';
import { runToggleSuite } from './suites/toggle.mjs';

const runSuite = {
  record: runRecordSuite,
  query: runQuerySuite,
  export: runExportSuite,
  cpp: runCppSuite,
  threads: runThreadsSuite,
  context: runContextSuite,
  monitor: runMonitorSuite,
  'ring-file': runRingFileSuite,
  pipeline: runPipelineSuite,
  store: runStoreSuite,
  hub: runHubSuite,
  gate: runGateSuite,
  toggle: runToggleSuite,
  alerts: runAlertsSuite,
  dashboard: runDashboardSuite,
  clickhouse: runClickHouseSuite,
  cluster: runClusterSuite,
};

function readArguments(args) {
  const options = {
    suite: { type: 'string', multiple: true, default: [SUITES.join(',')] },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  };
  try {
    const { values } = parseArgs({ args, options });
    const suites = values.suite.flatMap((list) => list.split(','));
    const unknown = suites.find((suite) => !SUITES.includes(suite));
    if (unknown !== undefined) {
      throw new Error(`expected --suite to be of ${SUITES.join(', ')}; got "${unknown}"`);
    }
    return { ...values, suites: SUITES.filter((suite) => suites.includes(suite)) };
  } catch (error) {
    throw new ScriptError(error.message, { exitCode: 2 });
  }
}

await runAsMain(import.meta, async (argv) => {
  const { suites, quick, json } = readArguments(argv);
  const sizes = sizesOf(quick);
  const environment = describeEnvironment({ quick });
  const results = {};
  const details = {};
  for (const suite of suites) {
    const ran = await runSuite[suite](sizes);
    Object.assign(results, ran.results);
    Object.assign(environment.versions, ran.versions);
    details[suite] = ran.details;
  }
  const report = { environment, results, details };
  process.stdout.write(json ? `${JSON.stringify(report, undefined, 2)}\n` : makeReport(report));
});
