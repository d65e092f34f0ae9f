// What a recording thread feels of another one that exports.

import { makeMemoryFolder } from '../memory-folder.mjs';
import { measureInRounds } from '../rounds.mjs';

export async function runThreadsSuite({ rounds, latency }) {
  const { folder, isMemory, remove } = makeMemoryFolder();
  try {
    const contenders = {
      aegis: { contender: 'aegis-while-exporting', parameters: { ...latency, folder } },
    };
    const details = await measureInRounds('threads', contenders, rounds);
    return {
      results: { 'threads.record_p999_us': details.aegis.exporting_p999_us },
      details: { ...details, to_tmpfs: isMemory },
    };
  } finally {
    remove();
  }
}
