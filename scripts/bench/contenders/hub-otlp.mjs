// Spans that a hub acknowledges, as the serializers of OpenTelemetry's own exporters write them: every body is of spans
// that were made for it, so that each has an identity of its own.

import { bodiesOf } from '../../../test/otlp-clients/serialized-spans.mjs';
import { HubLoad, startHubProcess } from '../hub-process.mjs';

const TYPES = {
  otlp_spans_per_s: 'application/x-protobuf',
  otlp_json_spans_per_s: 'application/json',
};

export async function measure({ folder, senders, spans, batch }) {
  const rates = {};
  for (const [name, type] of Object.entries(TYPES)) {
    const hub = await startHubProcess(`${folder}/otlp-${name}-${process.pid}.db`);
    const load = new HubLoad(hub);
    try {
      const queues = Array.from({ length: senders }, () => bodiesOf(type, spans / senders, batch));
      const start = performance.now();
      await Promise.all(
        queues.map(async (bodies) => {
          for (const body of bodies) await load.ask('/v1/traces', body, type);
        }),
      );
      rates[name] = spans / ((performance.now() - start) / 1000);
      const { events } = JSON.parse((await load.get('/stats')).text);
      if (events !== spans) throw new Error(`stored ${events} of ${spans} spans`);
    } finally {
      load.close();
      await hub.stop();
    }
  }
  return rates;
}
