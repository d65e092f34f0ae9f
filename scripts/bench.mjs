// `npm run bench`: sets up, builds and measures. Nothing but the bench itself writes on stdout, so that
// `npm run bench --silent -- --json` is one JSON object. Arguments go to the bench.

import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { runAsMain } from './lib/main.mjs';
import { inRoot } from './lib/paths.mjs';
import { setup } from './setup.mjs';

await runAsMain(import.meta, async () => {
  await setup({ bench: true });
  await build();
  const bench = inRoot('scripts/bench/main.mjs');
  process.argv[1] = bench;
  await import(pathToFileURL(bench).href);
});
