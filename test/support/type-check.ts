import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

function compilerOptions(): ts.CompilerOptions {
  const path = `${ROOT}test/tsconfig.json`;
  const parsed = ts.getParsedCommandLineOfConfigFile(path, {}, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
      throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'));
    },
  } as ts.ParseConfigFileHost);
  if (parsed === undefined) throw new Error(`expected ${path} to be readable`);
  return parsed.options;
}

/**
 * Compiles files of the project, and others that exist only here (by their path below the project).
 *
 * @returns what the compiler complains about, as `file:line: message`.
 */
export function typeErrors(
  files: readonly string[],
  virtual: Record<string, string> = {},
): string[] {
  const options = compilerOptions();
  const host = ts.createCompilerHost(options);
  const texts = new Map(Object.entries(virtual).map(([path, text]) => [ROOT + path, text]));
  const { fileExists, getSourceFile } = host;
  host.fileExists = (path) => texts.has(path) || fileExists(path);
  host.getSourceFile = (path, languageVersion, ...rest) => {
    const text = texts.get(path);
    return text === undefined
      ? getSourceFile(path, languageVersion, ...rest)
      : ts.createSourceFile(path, text, languageVersion);
  };
  const roots = [...files.map((path) => ROOT + path), ...texts.keys()];
  const program = ts.createProgram(roots, options, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start ?? 0).line + 1;
    const name = file?.fileName.replace(ROOT, '') ?? '';
    return `${name}:${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
}
