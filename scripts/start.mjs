// `npm start`: sets up, builds and runs the main job on a workload. Arguments go to the demo.

import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { runAsMain } from './lib/main.mjs';
import { inRoot } from './lib/paths.mjs';
import { setup } from './setup.mjs';

await runAsMain(import.meta, async () => {
  await setup();
  await build();
  // The job reads process.argv itself, as it does when it is run alone.
  const job = inRoot('scripts/demo/main.mjs');
  process.argv[1] = job;
  await import(pathToFileURL(job).href);
});
