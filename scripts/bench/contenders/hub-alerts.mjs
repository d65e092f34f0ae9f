// A hub with many rules beside the same hub without: the CPU time of both while nobody sends, and what answers take while
// somebody does.

import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { HubLoad, startHubProcess } from '../hub-process.mjs';
import { percentile } from '../statistics.mjs';
import { sendSteadily } from '../steady-ingest.mjs';

/** What rules ask; each looks back five minutes. */
const QUERIES = [
  "query = \"SELECT count(*) FROM process_trace WHERE status = 'ERR' AND ts > datetime('now', '-5 minutes')\"",
  "query = \"SELECT 100.0 * sum(status = 'ERR') / count(*) FROM process_trace WHERE ts > datetime('now', '-5 minutes')\"",
  'where = "dur>1ms"',
  "query = \"SELECT max(mean) FROM (SELECT avg(duration_ms) AS mean FROM process_trace WHERE ts > datetime('now', '-5 minutes') GROUP BY process)\"",
  'where = "process:scheduler.step_3 type:timeout"',
];

export async function measure({ path, rules, intervalS, perSecond, looks }) {
  const file = `${path}.toml`;
  writeFileSync(file, rulesText(rules, intervalS));
  const seconds = looks * intervalS;
  const without = await measureHub(path, [], { perSecond, seconds });
  const withRules = await measureHub(path, ['--alerts', file], { perSecond, seconds });
  return {
    cpu_share: withRules.cores - without.cores,
    without_p99_ms: without.p99_ms,
    with_p99_ms: withRules.p99_ms,
    simulate_s: withRules.simulate_s,
  };
}

function rulesText(count, intervalS) {
  const rules = Array.from(
    { length: count },
    (_, index) =>
      `[[alerts.rule]]\nname = "rule_${index}"\n${QUERIES[index % QUERIES.length]}\nthreshold = 1e9\n`,
  );
  return `[alerts]\ncheck_interval_seconds = ${intervalS}\n${rules.join('\n')}`;
}

async function measureHub(path, flags, { perSecond, seconds }) {
  const hub = await startHubProcess(path, flags);
  const load = new HubLoad(hub);
  try {
    // Past the first look, which has to start what it runs in.
    if (flags.length > 0) await firstLook(load);
    const cpuMs = hub.cpuMs();
    await sleep(seconds * 1_000);
    const cores = (hub.cpuMs() - cpuMs) / (seconds * 1_000);
    const simulate_s = flags.length > 0 ? await simulate(load) : 0;
    const { times } = await sendSteadily(load, { perSecond, seconds });
    return { cores, simulate_s, p99_ms: percentile(times, 0.99) };
  } finally {
    load.close();
    await hub.stop();
  }
}

async function firstLook(load) {
  for (;;) {
    const { text } = await load.ask('/alerts');
    const failed = JSON.parse(text).items.find(({ error }) => error !== undefined);
    if (failed !== undefined) throw new Error(`${failed.name}: ${failed.error}`);
    if (JSON.parse(text).looked_at !== undefined) return;
    await sleep(100);
  }
}

/** Over six hours, as `/alerts/{name}/simulate` does it when nobody says otherwise. Seconds. */
async function simulate(load) {
  const { text, ms } = await load.post('/alerts/rule_0/simulate', '{}');
  const { to, until } = JSON.parse(text);
  if (Date.parse(to) - Date.parse(until) > 60_000) throw new Error(`it ended at ${until}`);
  return ms / 1_000;
}
