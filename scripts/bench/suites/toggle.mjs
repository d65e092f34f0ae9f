// Projects that are switched off: what that costs while it is so, and how fast it is heard.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { measureInRounds } from '../rounds.mjs';
import { measureCpp } from './cpp.mjs';

export async function runToggleSuite({ cpp, toggle: { rounds, record, spread, blackhole } }) {
  const folder = mkdtempSync(`${tmpdir()}/aegis-bench-`);
  try {
    const details = await measureInRounds(
      'toggle',
      {
        record: { contender: 'toggle-record', parameters: record },
        spread: { contender: 'toggle-spread', parameters: { folder, ...spread } },
        blackhole: { contender: 'toggle-blackhole', parameters: blackhole },
      },
      rounds,
    );
    details.cpp = (await measureCpp(cpp)).details.aegis_off_1t;
    return {
      results: {
        'toggle.check_ns': details.record.check_ns,
        'toggle.spread_ms': details.spread.spread_ms,
        'toggle.disabled_ns': details.record.disabled_ns,
        'toggle.disabled_cpp_ns': details.cpp.ns,
        'toggle.disabled_call_ns': details.record.disabled_call_ns,
        'toggle.blackhole_ms': details.blackhole.blackhole_ms,
      },
      details,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
