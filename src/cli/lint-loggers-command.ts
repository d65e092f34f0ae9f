import { lintLoggers } from '../lint/lint-loggers.js';
import { formatCount } from './format.js';
import { type CommandContext, EXIT } from './io.js';
import { safeText, toJson } from './safe-text.js';

/** `aegis-trace lint-loggers DIR` */
export async function lintLoggersCommand(
  path: string,
  options: { json?: boolean },
  { out, note, colors }: CommandContext,
): Promise<number> {
  const { files, findings } = lintLoggers(path);
  if (options.json) await out.line(toJson({ files, findings }));
  else {
    for (const { file, line, column, rule, message } of findings) {
      await out.line(
        `${safeText(file)}:${line}:${column}: ${colors.red(rule)}: ${safeText(message)}`,
      );
    }
  }
  const places = findings.length === 1 ? '1 place' : `${formatCount(findings.length)} places`;
  note(`${formatCount(files)} files checked, ${places} to look at`);
  return findings.length === 0 ? EXIT.ok : EXIT.negative;
}
