// The page of the hub: vite bundles it, then each file is compressed once instead of for every visitor.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';
import { inRoot } from './paths.mjs';

/** A page each, and one for all that they share: a dozen small files take longer than one. */
function chunkOf(id) {
  const [, page] = /\/src\/dashboard\/pages\/([\w-]+)\.tsx$/.exec(id) ?? [];
  if (page !== undefined && !['events', 'page-of'].includes(page)) return page;
  if (/\/uplot\/|\/parts\/plot\.tsx$/.test(id)) return 'overview';
  if (/\/@dagrejs\/|\/(parts|logic)\/graph-[\w-]+\.tsx?$|\/data\/graph\.ts$/.test(id))
    return 'graph';
  if (/\/(parts\/(waterfall|chain-table)|logic\/waterfall)/.test(id)) return 'request';
  return 'main';
}

/** Builds src/dashboard into a folder. */
export async function buildDashboard(folder) {
  const { build } = await import('vite');
  await build({
    root: inRoot('src/dashboard'),
    base: '/ui/',
    configFile: false,
    logLevel: 'error',
    esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: 'es2022',
      // What is inlined the policy of the page would refuse.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rollupOptions: { output: { manualChunks: chunkOf } },
    },
  });
  for (const name of readdirSync(folder, { recursive: true })) {
    if (!/\.(js|css|html|svg)$/.test(name)) continue;
    const path = join(folder, name);
    const bytes = readFileSync(path);
    // Alone: whoever takes no gzip gets it inflated.
    writeFileSync(`${path}.gz`, gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION }));
    rmSync(path);
  }
}
