// The C++ API beside its peers: builds native/bench and lets it take its turns.

import { buildPreset } from '../../lib/native-tests.mjs';
import { inRoot } from '../../lib/paths.mjs';
import { capture, ScriptError, step } from '../../lib/run.mjs';
import { medians } from '../statistics.mjs';

export async function runCppSuite({ cpp }) {
  const { details, spdlog } = await measureCpp(cpp);
  const results = { 'cpp.scale_2': details.aegis_1t.ns / details.aegis_2t.ns };
  if (spdlog !== null) {
    results['cpp.vs_spdlog'] = details.spdlog_backtrace_1t.ns / details.aegis_1t.ns;
  }
  return { results, details, versions: { spdlog } };
}

/** The medians of each contender of native/bench with so many threads, as `aegis_2t`, and the version of spdlog. */
export async function measureCpp({ capacity, events, rounds }) {
  if (!(await buildPreset('bench'))) throw new ScriptError('the C++ bench could not be built');
  step('bench cpp');
  const program = inRoot('build/bench/bench/record_bench');
  const output = JSON.parse(capture(program, [capacity, events, rounds].map(String)));
  const details = Object.fromEntries(
    output.measurements.map(({ name, threads, rounds: costs }) => {
      const named = costs.map(({ wall_ns, cpu_ns }) => ({ ns: wall_ns, cpuNs: cpu_ns }));
      return [`${name}_${threads}t`, medians(named)];
    }),
  );
  return { details, spdlog: output.spdlog_version };
}
