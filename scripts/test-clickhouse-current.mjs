// `npm run test:clickhouse-current`: the store of a ClickHouse over an engine of today, which runs within the process. It is
// half a gigabyte, and goes into the build folder only when this is asked for.

import { mkdirSync, writeFileSync } from 'node:fs';
import { runAsMain } from './lib/main.mjs';
import { inRoot, packageFile } from './lib/paths.mjs';
import { exitCodeOf, run, step } from './lib/run.mjs';

const ENGINE = 'chdb@3.4.0';

await runAsMain(import.meta, async () => {
  const folder = inRoot('build/clickhouse-current');
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/package.json`, '{ "private": true }\n');
  step(`installing ${ENGINE}`);
  await run('npm', ['install', '--no-save', '--no-audit', '--no-fund', ENGINE], { cwd: folder });
  step('vitest');
  const env = { ...process.env, AEGIS_CLICKHOUSE_CURRENT: '1' };
  process.exitCode = await exitCodeOf(
    process.execPath,
    [packageFile('vitest', 'vitest.mjs'), 'run'],
    { env },
  );
});
