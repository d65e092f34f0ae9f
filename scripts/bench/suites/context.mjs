// What operation ids cost: finding the id, a log line, a request, and the log's volume.

import { measureInRounds, measureOnce } from '../rounds.mjs';

const REGISTER = 'dist/context/register.js';

export async function runContextSuite({ context }) {
  const http = (preload, path = '/') => ({
    contender: 'context-http',
    parameters: { preload, service: 'test/support/fastify-service.mjs', path, ...context.http },
  });
  const details = await measureInRounds(
    'context',
    {
      get: { contender: 'context-get', parameters: { count: context.get } },
      log: { contender: 'context-log', parameters: { count: context.log } },
      http_bare: http(),
      http_storage: http('scripts/bench/contenders/bare-storage.mjs'),
      http_register: http(REGISTER),
      // A handler that waits for 2 ms, as for a database.
      http_waiting_bare: http(undefined, '/slow'),
      http_waiting_register: http(REGISTER, '/slow'),
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
      'context.http_ratio': details.http_register.perSecond / details.http_bare.perSecond,
      'context.http_waiting_ratio':
        details.http_waiting_register.perSecond / details.http_waiting_bare.perSecond,
      'context.log_growth': volume.growth,
    },
    details: { ...details, volume },
  };
}
