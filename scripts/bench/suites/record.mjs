// What one record() costs, and whether memory grows.

import { measureInRounds, measureOnce } from '../rounds.mjs';

function contendersOf({ small, large, record, recordLarge, recordSlow }) {
  const at = (capacity, counts, contender, more = {}) => ({
    contender,
    parameters: { capacity, ...counts, ...more },
  });
  return {
    aegis_10k: at(small, record, 'aegis'),
    js_10k: at(small, record, 'js-ring'),
    js_10k_bare: at(small, record, 'js-ring', { bare: true }),
    opentelemetry_10k: at(small, recordSlow, 'opentelemetry'),
    pino: at(small, recordSlow, 'pino'),
    pino_buffered: at(small, recordSlow, 'pino', { bufferBytes: 4096 }),
    performance_mark_10k: at(small, recordSlow, 'performance-mark'),
    diagnostics_channel_10k: at(small, record, 'diagnostics-channel'),
    aegis_1m: at(large, recordLarge, 'aegis'),
    js_1m: at(large, recordLarge, 'js-ring'),
    js_1m_bare: at(large, recordLarge, 'js-ring', { bare: true }),
  };
}

export async function runRecordSuite(sizes) {
  const details = await measureInRounds('record', contendersOf(sizes), sizes.rounds);
  const memory = await measureOnce({ contender: 'aegis-memory', parameters: sizes.memory });
  const ns = (name) => details[name].ns;
  return {
    results: {
      'record.vs_otel': ns('opentelemetry_10k') / ns('aegis_10k'),
      'record.vs_pino': ns('pino') / ns('aegis_10k'),
      'record.vs_js_1m': ns('js_1m') / ns('aegis_1m'),
      'record.vs_js_10k': ns('js_10k') / ns('aegis_10k'),
      'record.vs_js_1m_bare': ns('js_1m_bare') / ns('aegis_1m'),
      'record.vs_js_10k_bare': ns('js_10k_bare') / ns('aegis_10k'),
      'record.growth': ns('aegis_1m') / ns('aegis_10k'),
      'record.rss_growth_mb': memory.growthMb,
    },
    details: { ...details, memory },
  };
}
