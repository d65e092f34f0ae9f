// `npm run dev`: rebuilds what changed, the addon or TypeScript, and runs the tests that it concerns. Ctrl-C ends it.

import { existsSync, watch } from 'node:fs';
import { build } from './build.mjs';
import { readFlags, runAsMain } from './lib/main.mjs';
import { testPreset } from './lib/native-tests.mjs';
import { inRoot, packageFile } from './lib/paths.mjs';
import { exitCodeOf, step } from './lib/run.mjs';
import { setup } from './setup.mjs';

const FOLDERS = ['native', 'src', 'test'];
/** An editor writes a file in several steps, and several files at once. */
const SETTLE_MS = 150;
/** What an editor makes beside a file. */
const TEMPORARY = /(^|\/)(\.|#|4913)|[~#]$|\.sw.$/;

/** Collects the names of files that change. */
class Changes {
  #files = new Set();
  #wake;

  constructor() {
    for (const folder of FOLDERS) {
      watch(inRoot(folder), { recursive: true }, (_event, name) => {
        if (name === null || TEMPORARY.test(name)) return;
        this.#files.add(`${folder}/${name}`);
        this.#wake?.();
      });
    }
  }

  /** Resolves when something has changed and nothing more changes for a moment. */
  async next() {
    while (this.#files.size === 0) await new Promise((resolve) => (this.#wake = resolve));
    for (let seen = 0; seen !== this.#files.size; ) {
      seen = this.#files.size;
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    }
    const files = [...this.#files];
    this.#files.clear();
    return files;
  }
}

/** Builds, and runs what the files concern: a native file all native tests, another one the tests that import it. */
async function react(files) {
  step(`changed: ${files.join(', ')}`);
  await build();
  if (files.some((file) => file.startsWith('native/'))) await testPreset('dev');
  const scripts = files.filter((file) => /\.(ts|mjs)$/.test(file) && existsSync(inRoot(file)));
  if (scripts.length === 0) return;
  await exitCodeOf(process.execPath, [
    packageFile('vitest', 'vitest.mjs'),
    'related',
    '--run',
    '--passWithNoTests',
    ...scripts,
  ]);
}

await runAsMain(import.meta, async (argv) => {
  readFlags(argv, []);
  await setup({ tests: true });
  await build();
  const changes = new Changes();
  for (;;) {
    step('waiting for a change in native/, src/ or test/; Ctrl-C ends');
    const files = await changes.next();
    // What does not compile has said so: the next change may mend it.
    await react(files).catch((error) => step(error.message));
  }
});
