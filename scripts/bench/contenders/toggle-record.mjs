// What a project costs that is switched off: asking whether it is traced, record(), and a monitored call.

import { TraceCollector } from 'aegis-trace';
import { createToggle } from 'aegis-trace/gate';
import { monitor } from 'aegis-trace/monitor';
import { makeInput } from '../payload.mjs';

export async function measure({ checks, count }) {
  const toggle = await createToggle({ projectId: 'bench', redisUrl: 'redis://127.0.0.1:1' });
  let asked = 0;
  const check_ns = nsPer(checks, () => {
    asked += toggle.isTracingEnabled() ? 1 : 0;
  });
  await toggle.close();
  if (asked === 0) throw new Error('a toggle that nobody answers is off');

  const collector = new TraceCollector();
  collector.setRecording(false);
  const event = makeInput('9f86d081884c7d65');
  const disabled_ns = nsPer(count, () => collector.record(event));
  const bare = (order, amount) => order + amount;
  const monitored = monitor({ collector })(bare);
  let sum = 0;
  const alone = nsPer(count, (index) => {
    sum += bare(index, 1);
  });
  const disabled_call_ns =
    nsPer(count, (index) => {
      sum += monitored(index, 1);
    }) - alone;
  if (collector.stats().recorded > 0 || sum === 0) throw new Error('something was recorded');
  return { check_ns, disabled_ns, disabled_call_ns };
}

/** Of the fastest of five rounds, after one to warm up: what disturbs only adds. */
function nsPer(count, body) {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 6; round++) {
    const start = performance.now();
    for (let index = 0; index < count; index++) body(index);
    const ns = ((performance.now() - start) * 1e6) / count;
    if (round > 0) best = Math.min(best, ns);
  }
  return best;
}
