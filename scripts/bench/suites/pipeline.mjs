// From record() to the committed row in SQLite, on the disk of the temporary folder.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { measureInRounds } from '../rounds.mjs';

export async function runPipelineSuite({ pipeline }) {
  const folder = mkdtempSync(`${tmpdir()}/aegis-bench-`);
  try {
    const record = (attached) => ({
      contender: 'pipeline-record',
      parameters: { attached, folder, ...pipeline.record },
    });
    const details = await measureInRounds(
      'pipeline',
      {
        pipeline: { contender: 'pipeline', parameters: { folder, ...pipeline } },
        alone: record(false),
        attached: record(true),
      },
      pipeline.rounds,
    );
    const { events_per_s, limit_per_s, loop_p99_ms, batch_p99_ms } = details.pipeline;
    return {
      results: {
        'pipeline.events_per_s': events_per_s,
        'pipeline.vs_sqlite_limit': events_per_s / limit_per_s,
        'pipeline.loop_p99_ms': loop_p99_ms,
        'pipeline.record_ratio': details.attached.ns / details.alone.ns,
        'pipeline.batch_p99_ms': batch_p99_ms,
      },
      details,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
