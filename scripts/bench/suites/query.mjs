// Finding the chain of one request.

import { measureInRounds } from '../rounds.mjs';

export async function runQuerySuite({ rounds, chain, longChain }) {
  const contenders = {
    aegis_chain: { contender: 'chain-aegis', parameters: chain },
    js_chain: { contender: 'chain-js', parameters: chain },
    aegis_long_chain: { contender: 'chain-aegis', parameters: longChain },
    js_long_chain: { contender: 'chain-js', parameters: longChain },
  };
  const details = await measureInRounds('query', contenders, rounds);
  return {
    results: { 'query.chain_vs_js': details.js_chain.ms / details.aegis_chain.ms },
    details,
  };
}
