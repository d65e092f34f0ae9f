// Builds what package.json points at: the addon (build/Release) and dist/; with --prebuild also prebuilds/.
// Skips what is up to date; --force does not.

import { buildDist } from './lib/dist-build.mjs';
import { readFlags, runAsMain } from './lib/main.mjs';
import { buildAddon } from './lib/native-build.mjs';
import { makePrebuild } from './lib/prebuild.mjs';
import { step } from './lib/run.mjs';
import { setup } from './setup.mjs';

export async function build({ force = false, prebuild = false } = {}) {
  const addon = await buildAddon({ force });
  await buildDist({ force });
  if (prebuild) await makePrebuild(addon);
}

await runAsMain(import.meta, async (argv) => {
  const flags = readFlags(argv, ['force', 'prebuild']);
  await setup();
  await build(flags);
  step('built');
});
