import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, expect, it } from 'vitest';
import { runProcess } from '../support/child.js';
import { makeTestFolder } from '../support/write-export.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const folder = makeTestFolder();
afterAll(folder.remove);

/** An application in one file, as esbuild makes it. */
async function bundle(name: string, external: string[], format: 'esm' | 'cjs' = 'esm') {
  const outfile = join(folder.path, name);
  const contents = `
    import { TraceCollector } from 'aegis-trace';
    const collector = new TraceCollector({ capacity: 10 });
    collector.recordNow('decision', 'Scheduler', 'why');
    console.log(collector.size);`;
  await build({
    stdin: { contents, resolveDir: ROOT },
    bundle: true,
    platform: 'node',
    format,
    external,
    alias: external.length === 0 ? { 'aegis-trace': join(ROOT, 'dist/index.js') } : {},
    banner:
      format === 'cjs'
        ? {}
        : {
            js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
          },
    logLevel: 'error',
    outfile,
  });
  return outfile;
}

it.each([
  ['esm', 'all.mjs'],
  ['cjs', 'all.cjs'],
] as const)(
  'an application bundled as %s is told to mark the package as external, and how',
  async (format, name) => {
    const { code, stderr } = await runProcess(process.execPath, [await bundle(name, [], format)]);
    expect(code).not.toBe(0);
    expect(stderr).toContain('ERR_TRACE_NATIVE');
    for (const tool of [
      'esbuild --external:aegis-trace',
      'webpack externals',
      'rollup external',
      'vite ssr.external',
    ]) {
      expect(stderr).toContain(tool);
    }
  },
);

it('and works when it has done so', async () => {
  folder.write('package.json', '{"type":"module"}');
  const outfile = await bundle('external.mjs', ['aegis-trace']);
  const modules = join(folder.path, 'node_modules');
  mkdirSync(modules);
  symlinkSync(ROOT, join(modules, 'aegis-trace'));
  const { code, stdout, stderr } = await runProcess(process.execPath, [outfile]);
  expect([code, stdout, stderr]).toEqual([0, '1\n', '']);
});
