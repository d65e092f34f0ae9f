// Writing a full ring to a file, and what the event loop feels of it.

import { makeMemoryFolder } from '../memory-folder.mjs';
import { measureInRounds } from '../rounds.mjs';

export async function runExportSuite({ rounds, large }) {
  const { folder, isMemory, remove } = makeMemoryFolder();
  try {
    const parameters = { capacity: large, folder };
    const contenders = {
      aegis: { contender: 'export-aegis', parameters },
      js: { contender: 'export-js', parameters },
    };
    const details = await measureInRounds('export', contenders, rounds);
    return {
      results: {
        'export.vs_js': details.js.ms / details.aegis.ms,
        'export.loop_p99_ms': details.aegis.loop_p99_ms,
      },
      details: { ...details, to_tmpfs: isMemory },
    };
  } finally {
    remove();
  }
}
