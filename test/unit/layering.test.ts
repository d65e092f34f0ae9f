import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What every folder may import. */
const EVERYWHERE = ['errors', 'arguments', 'warnings', 'thrown', 'call-sites'];

const ARCHITECTURE = readFileSync(join(ROOT, 'docs/ARCHITECTURE.md'), 'utf8');

/** Who may import whom below src/, beside EVERYWHERE: the table of docs/ARCHITECTURE.md. */
const MAY_IMPORT: Record<string, readonly string[]> = Object.fromEntries(
  [
    ...(ARCHITECTURE.split('## Who may import whom')[1] ?? '').matchAll(
      /^\| `([\w-]+)` \|(.*)\|$/gm,
    ),
  ].map(([, folder, others = '']) => [
    folder as string,
    [...others.matchAll(/`([\w-]+)`/g)].map(([, name]) => name as string),
  ]),
);

interface SourceFile {
  path: string;
  text: string;
}

function filesBelow(folder: string, extension: RegExp): SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => extension.test(name) && !name.includes('node_modules'))
    .map((name) => {
      const path = join(folder, name);
      return { path, text: readFileSync(join(ROOT, path), 'utf8') };
    });
}

/** `collector` for src/collector/query.ts, `errors` for src/errors.ts. */
function partOf(path: string): string {
  const [first = ''] = relative('src', path).split('/');
  return first.replace(/\.[jt]sx?$/, '');
}

function importsOf({ text }: SourceFile): string[] {
  const specifiers = text.matchAll(/(?:from|import|require\()\s*\(?\s*'([^']+)'/g);
  return [...specifiers].map(([, specifier]) => specifier as string);
}

/** Each import of a file that MAY_IMPORT does not allow, as `path -> specifier`. */
function violations(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const part = partOf(file.path);
    return importsOf(file)
      .filter((specifier) => specifier.startsWith('.'))
      .filter((specifier) => {
        const target = partOf(relative(ROOT, resolve(ROOT, dirname(file.path), specifier)));
        if (target === part || MAY_IMPORT[part]?.includes(target)) return false;
        return !(part in MAY_IMPORT && !EVERYWHERE.includes(part) && EVERYWHERE.includes(target));
      })
      .map((specifier) => `${file.path} -> ${specifier}`);
  });
}

const sources = filesBelow('src', /\.tsx?$/);

describe('src/', () => {
  it('imports only as docs/ARCHITECTURE.md allows, and nobody imports index.ts', () => {
    expect(Object.keys(MAY_IMPORT).toSorted()).toEqual(
      [...new Set(sources.map(({ path }) => partOf(path)))].toSorted(),
    );
    expect(sources.length).toBeGreaterThan(20);
    expect(violations(sources)).toEqual([]);
  });

  it('the check sees forbidden imports in every form', () => {
    const forbidden = [
      { path: 'src/event/a.ts', text: "import { x } from '../collector/query.js';" },
      { path: 'src/collector/a.ts', text: "export * from '../export/summary.js';" },
      { path: 'src/export/a.ts', text: "const x = await import('../cli/run.js');" },
      { path: 'src/cli/a.ts', text: "import type { X } from '../index.js';" },
      { path: 'src/unheard-of/a.ts', text: "import '../errors.js';" },
    ];
    expect(violations(forbidden)).toHaveLength(forbidden.length);
    expect(violations([{ path: 'src/cli/a.ts', text: "import '../errors.js';" }])).toEqual([]);
  });

  it('only the collector touches the native binding', () => {
    const touching = sources.filter(
      (file) =>
        importsOf(file).some((name) => /node-gyp-build|binding\.js$|\.node$/.test(name)) ||
        file.text.includes('node-gyp-build'),
    );
    expect(touching.map(({ path }) => dirname(path))).toEqual(touching.map(() => 'src/collector'));
    expect(touching.map(({ path }) => path)).toContain('src/collector/binding.ts');
  });

  it('src/export takes types only from the collector: reading a file loads no addon', () => {
    const valueImport = /^(?:import|export)(?! type\b)[^;]*from '\.\.\/collector\//m;
    const exporting = sources.filter(({ path }) => partOf(path) === 'export');
    expect(exporting.filter(({ text }) => valueImport.test(text))).toEqual([]);
  });
});

const nativeFiles = filesBelow('native', /\.(cpp|hpp|h)$/);
const inNative = (...folders: string[]) =>
  nativeFiles.filter(({ path }) => folders.some((folder) => path.startsWith(`native/${folder}/`)));

function includesOf({ text }: SourceFile): string[] {
  return [...text.matchAll(/^\s*#\s*include\s*[<"]([^>"]+)[>"]/gm)].map(
    ([, name]) => name as string,
  );
}

describe('native/', () => {
  it('only napi_support.hpp includes napi.h', () => {
    const including = nativeFiles.filter((file) =>
      includesOf(file).some((name) => /napi\.h$|node_api/.test(name)),
    );
    expect(including.map(({ path }) => path)).toEqual(['native/addon/napi_support.hpp']);
  });

  it('C1: the core and its headers know nothing of Node', () => {
    const core = inNative('core', 'include');
    expect(core.length).toBeGreaterThan(20);
    for (const file of core) {
      expect(file.text, file.path).not.toMatch(
        /\bnapi|\bNapi|\bv8::|#include.*(node|uv)\.h|addon\//,
      );
    }
  });

  it('C1: the public headers include only each other and the standard library', () => {
    const includes = inNative('include').flatMap(includesOf);
    expect(
      includes.filter((name) => !/^(aegis\/trace\/[a-z_]+\.hp*|[a-z_]+(\.h)?)$/.test(name)),
    ).toEqual([]);
  });

  it('sources.txt lists every translation unit once', () => {
    const listed = readFileSync(join(ROOT, 'native/sources.txt'), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    const units = inNative('core', 'addon')
      .filter(({ path }) => path.endsWith('.cpp'))
      .map(({ path }) => relative('native', path));
    expect(listed.toSorted()).toEqual(units.toSorted());
  });
});

describe('style', () => {
  const own = [
    ...sources,
    ...nativeFiles,
    ...filesBelow('test', /\.(ts|mjs|py)$/),
    ...filesBelow('scripts', /\.mjs$/),
  ];

  it('no file is longer than 400 lines', () => {
    const long = own.filter(({ text }) => text.split('\n').length > 400);
    expect(long.map(({ path }) => path)).toEqual([]);
  });

  it('nothing is left to be done, and no test is left out', () => {
    // With an empty group in each word, so that this file does not find itself.
    const leftToDo = /\b(TO(?:)DO|FIX(?:)ME|X(?:)XX)\b/;
    const leftOut = /\b(it|test|describe)\.(skip|only|todo)\b/;
    const found = own.filter(({ text }) => leftToDo.test(text) || leftOut.test(text));
    expect(found.map(({ path }) => path)).toEqual([]);
  });

  it('files are named in kebab-case, in C++ and Python in snake_case', () => {
    const wrong = own.filter(({ path }) => {
      const name = path.slice(path.lastIndexOf('/') + 1);
      const good = /\.(tsx?|mjs)$/.test(name)
        ? /^[a-z0-9]+(-[a-z0-9]+)*(\.(test|types))?\.(tsx?|mjs)$/
        : /^[a-z0-9]+(_[a-z0-9]+)*\.(cpp|hpp|h|py)$/;
      return !good.test(name);
    });
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });
});
