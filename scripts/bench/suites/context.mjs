// What operation ids cost: finding the id, a log line, a request, and the log's volume.

import { measureInRounds, measureOnce } from '../rounds.mjs';

export async function runContextSuite({ context }) {
  const http = (register) => ({
    contender: 'context-http',
    parameters: {
      register,
      service: 'test/support/fastify-service.mjs',
      path: '/',
      ...context.http,
    },
  });
  const details = await measureInRounds(
    'context',
    {
      get: { contender: 'context-get', parameters: { count: context.get } },
      log: { contender: 'context-log', parameters: { count: context.log } },
      http_bare: http(false),
      http_register: http(true),
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
      'context.log_growth': volume.growth,
    },
    details: { ...details, volume },
  };
}
