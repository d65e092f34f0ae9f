import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Compiles the sources below `src/` into a folder laid out like the package, so that a test can
 * start a real process without a build. Types are not checked: that is lint's job.
 *
 * @returns the path of the command.
 */
export function compileCommand(folder: string): string {
  for (const part of ['cli', 'analysis', 'event', 'export', 'store', 'store/sqlite', 'wire', '.']) {
    const target = join(folder, 'dist', part);
    mkdirSync(target, { recursive: true });
    for (const name of readdirSync(join(ROOT, 'src', part))) {
      const source = join(ROOT, 'src', part, name);
      if (name.endsWith('.json')) copyFileSync(source, join(target, name));
      if (!name.endsWith('.ts')) continue;
      const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
      const { outputText } = ts.transpileModule(readFileSync(source, 'utf8'), { compilerOptions });
      writeFileSync(join(target, name.replace(/\.ts$/, '.js')), outputText);
    }
  }
  copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'dir');
  return join(folder, 'dist', 'cli', 'main.js');
}
