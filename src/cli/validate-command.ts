import type { ValidationReport } from '../export/validate-export.js';
import { formatCount } from './format.js';
import { type CommandContext, EXIT } from './io.js';
import { metadataJson } from './metadata-json.js';
import { validateTrace } from './open-trace.js';
import { selectionText } from './query-command.js';
import { safeText, toJson } from './safe-text.js';

/** `aegis-trace validate FILE` */
export async function validateCommand(
  file: string,
  options: { json?: boolean },
  context: CommandContext,
): Promise<number> {
  const report = await validateTrace(context.inputs, file);
  context.progress.clear();
  if (options.json) await context.out.line(toJson(reportJson(report)));
  else for (const line of reportLines(file, report, context)) await context.out.line(line);
  return report.valid ? EXIT.ok : EXIT.negative;
}

function* reportLines(
  file: string,
  report: ValidationReport,
  { colors }: CommandContext,
): Generator<string> {
  const name = file === '-' ? 'stdin' : safeText(file);
  if (report.valid) {
    const { events, selection } = report;
    const what = selection ? selectionText(events, selection) : `${formatCount(events)} events`;
    yield `${name}: ${colors.green('valid')}, ${what}`;
    return;
  }
  for (const { path, message } of report.problems) {
    yield path === '' ? safeText(message) : `${safeText(path)}: ${safeText(message)}`;
  }
  const listed = report.problems.length;
  if (report.problemCount > listed) {
    yield `… and ${formatCount(report.problemCount - listed)} more`;
  }
  const problems =
    report.problemCount === 1 ? '1 problem' : `${formatCount(report.problemCount)} problems`;
  yield `${name}: ${colors.red('invalid')}, ${problems}, ${formatCount(report.events)} events read`;
}

function reportJson(report: ValidationReport): unknown {
  return {
    valid: report.valid,
    events: report.events,
    metadata: report.metadata && metadataJson(report.metadata),
    selection: report.selection && { events: report.events, of: report.selection.of },
    problem_count: report.problemCount,
    problems: report.problems,
  };
}
