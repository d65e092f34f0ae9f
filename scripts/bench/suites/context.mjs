// What operation ids cost: finding the id, a log line, a request, and the log's volume.

import { measureInRounds, measureOnce } from '../rounds.mjs';

const REGISTER = 'dist/context/register.js';
const BARE_STORAGE = 'scripts/bench/contenders/bare-storage.mjs';

export async function runContextSuite({ context }) {
  const http = (path, preloads) => ({
    contender: 'context-http',
    parameters: { preloads, service: 'test/support/fastify-service.mjs', path, ...context.http },
  });
  const details = await measureInRounds(
    'context',
    {
      get: { contender: 'context-get', parameters: { count: context.get } },
      log: { contender: 'context-log', parameters: { count: context.log } },
      http: http('/', { storage: BARE_STORAGE, register: REGISTER }),
      // A handler that waits for 2 ms, as for a database.
      http_waiting: http('/slow', { register: REGISTER }),
    },
    context.rounds,
  );
  const volume = await measureOnce({
    contender: 'context-log-growth',
    parameters: { requests: context.requests },
  });
  return {
    results: {
      'context.get_ns': details.get.ns,
      'context.log_added_us': details.log.addedUs,
      'context.http_ratio': details.http.register,
      'context.http_waiting_ratio': details.http_waiting.register,
      'context.log_growth': volume.growth,
    },
    details: { ...details, volume },
  };
}
