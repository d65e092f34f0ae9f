// Does everything of ours that runs in a service log with operation ids? `node scripts/check-loggers.mjs [DIR…]`; others run
// `aegis-trace lint-loggers DIR`.

import { buildDist } from './lib/dist-build.mjs';
import { runAsMain } from './lib/main.mjs';
import { inRoot } from './lib/paths.mjs';

await runAsMain(import.meta, async (argv) => {
  await buildDist();
  const { lintLoggers } = await import('../dist/lint/lint-loggers.js');
  const folders = argv.length > 0 ? argv : [inRoot('src'), inRoot('scripts')];
  let places = 0;
  for (const folder of folders) {
    for (const { file, line, column, message } of lintLoggers(folder).findings) {
      process.stdout.write(`${file}:${line}:${column}: ${message}\n`);
      places += 1;
    }
  }
  process.stderr.write(`check-loggers: ${places} to look at\n`);
  return places === 0 ? 0 : 1;
});
