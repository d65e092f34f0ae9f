// What a ring in a file costs over one in memory, from JavaScript and from C++. In a folder of its own on
// the file system of the temporary folder, whose name is printed: it is where a ring would be.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { buildPreset } from '../../lib/native-tests.mjs';
import { inRoot } from '../../lib/paths.mjs';
import { capture, ScriptError, step } from '../../lib/run.mjs';
import { measureInRounds } from '../rounds.mjs';
import { medians } from '../statistics.mjs';

function fileSystemOf(folder) {
  try {
    const lines = execFileSync('df', ['-PT', folder]).toString().trimEnd().split('\n');
    return lines.at(-1).split(/\s+/)[1];
  } catch {
    return 'unknown';
  }
}

export async function runRingFileSuite({ rounds, small, large, record, recordLarge, cpp }) {
  const folder = mkdtempSync(`${tmpdir()}/aegis-bench-`);
  try {
    const at = (capacity, counts, file) => ({
      contender: 'aegis',
      parameters: { capacity, ...counts, ...(file && { file: `${folder}/${capacity}.ring` }) },
    });
    const details = await measureInRounds(
      'ring-file',
      {
        memory_10k: at(small, record),
        file_10k: at(small, record, true),
        memory_1m: at(large, recordLarge),
        file_1m: at(large, recordLarge, true),
      },
      rounds,
    );
    if (!(await buildPreset('bench'))) throw new ScriptError('the C++ bench could not be built');
    step('bench ring-file: C++');
    const sizes = [cpp.capacity, cpp.events, cpp.rounds].map(String);
    const program = inRoot('build/bench/bench/ring_file_bench');
    const { measurements } = JSON.parse(capture(program, [...sizes, `${folder}/cpp.ring`]));
    for (const { name, rounds: costs } of measurements) {
      details[`cpp_${name}`] = medians(
        costs.map(({ wall_ns: ns, cpu_ns: cpuNs }) => ({ ns, cpuNs })),
      );
    }
    return {
      results: {
        'file.vs_memory': details.file_10k.ns / details.memory_10k.ns,
        'file.vs_memory_1m': details.file_1m.ns / details.memory_1m.ns,
        'file.cpp_vs_memory': details.cpp_file.ns / details.cpp_memory.ns,
      },
      details: { ...details, file_system: fileSystemOf(folder) },
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
