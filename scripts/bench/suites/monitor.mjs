// What a monitored function costs more than the bare one. By CPU time: it is the added cost that is
// compared, so noise in either reading counts twice.

import { measureInRounds, measureOnce } from '../rounds.mjs';

export async function runMonitorSuite({ monitor: { rounds, repetitions, ...counts } }) {
  const call = (options) => ({
    contender: 'monitored-call',
    parameters: { ...counts, ...options },
  });
  const details = await measureInRounds(
    'monitor',
    {
      bare: call({}),
      aegis: call({ wrapper: 'aegis', capture: false }),
      aegis_captured: call({ wrapper: 'aegis', capture: true }),
      opentelemetry: call({ wrapper: 'opentelemetry', capture: false }),
      opentelemetry_captured: call({ wrapper: 'opentelemetry', capture: true }),
    },
    rounds,
  );
  const hostile = await measureOnce({
    contender: 'monitor-hostile',
    parameters: { repetitions },
  });
  const masking = await measureOnce({ contender: 'mask-text', parameters: { repetitions } });
  const added = (name) => details[name].cpuNs - details.bare.cpuNs;
  return {
    results: {
      'monitor.bare_vs_otel': added('opentelemetry') / added('aegis'),
      'monitor.capture_vs_otel': added('opentelemetry_captured') / added('aegis_captured'),
      'monitor.capture_us': added('aegis_captured') / 1000,
      'monitor.hostile_max_ms': hostile.maxMs,
      'monitor.mask_1mb_ms': masking.maxMs,
    },
    details: { ...details, hostile, masking },
  };
}
