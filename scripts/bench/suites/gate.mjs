// The gate: what it costs a process, what leaves it, and how fast the past of a request comes.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { measureInRounds, measureOnce } from '../rounds.mjs';

export async function runGateSuite({ gate: { rounds, record, bytes, backfill, config } }) {
  const folder = mkdtempSync(`${tmpdir()}/aegis-bench-`);
  try {
    const parameters = (more) => ({ folder, ...more });
    const details = await measureInRounds(
      'gate',
      { record: { contender: 'gate-record', parameters: parameters(record) } },
      rounds,
    );
    const once = (contender, more) => measureOnce({ contender, parameters: parameters(more) });
    const filled = await once('gate-backfill', backfill);
    const told = await once('gate-config', config);
    const sent = await once('gate-bytes', bytes);
    const { alone_ns, alone_cpu_ns, cold_ns, cold_cpu_ns, should_trace_ns } = details.record;
    return {
      results: {
        'gate.should_trace_ns': should_trace_ns,
        'gate.cold_ratio': cold_ns / alone_ns,
        'gate.cold_cpu': cold_cpu_ns / alone_cpu_ns,
        'gate.cold_bytes': sent.cold_bytes,
        'gate.backfill_ms': filled.backfill_ms,
        'gate.config_p99_ms': told.config_p99_ms,
        'gate.spread_ms': told.spread_ms,
        'gate.spread_mb': told.spread_mb,
      },
      details: { ...details, backfill: filled, config: told, bytes: sent },
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
