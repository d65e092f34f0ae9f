import { formatEventJson } from '../event/json-event.js';
import { openRing } from '../export/recover-ring.js';
import {
  type ValidationReport,
  validateElements,
  validateExport,
} from '../export/validate-export.js';
import { formatCount } from './format.js';
import { type CommandContext, EXIT } from './io.js';
import { metadataJson } from './metadata-json.js';
import { isRingFile } from './open-trace.js';
import { safeText, toJson } from './safe-text.js';

/** `aegis-trace validate FILE` */
export async function validateCommand(
  file: string,
  options: { json?: boolean },
  context: CommandContext,
): Promise<number> {
  const report = (await isRingFile(file))
    ? await validateRing(file)
    : await validateExport(file, context.progress);
  context.progress.clear();
  if (options.json) await context.out.line(toJson(reportJson(report)));
  else for (const line of reportLines(file, report, context)) await context.out.line(line);
  return report.valid ? EXIT.ok : EXIT.negative;
}

/** A ring file is valid when every record in it is, and what it gives is a valid export. */
async function validateRing(file: string): Promise<ValidationReport> {
  const ring = await openRing(file);
  async function* elements() {
    for await (const batch of ring.batches()) {
      yield batch.map(
        (event) => ({ kind: 'event', text: formatEventJson(event), offset: 0 }) as const,
      );
    }
    yield [{ kind: 'metadata', text: ring.metadataSoFar(), offset: 0 } as const];
  }
  const report = await validateElements(elements());
  const { skippedRecords = 0, skippedChunks = 0 } = report.metadata?.recovered ?? {};
  const skip = (path: string, count: number, what: string) => {
    if (count === 0) return;
    report.valid = false;
    report.problemCount++;
    report.problems.push({ event: undefined, path, message: `${formatCount(count)} ${what}` });
  };
  skip('/metadata/recovered/skipped_records', skippedRecords, 'records are damaged');
  skip('/metadata/recovered/skipped_chunks', skippedChunks, 'chunks are damaged or missing');
  return report;
}

function* reportLines(
  file: string,
  report: ValidationReport,
  { colors }: CommandContext,
): Generator<string> {
  const name = safeText(file);
  if (report.valid) {
    yield `${name}: ${colors.green('valid')}, ${formatCount(report.events)} events`;
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
    problem_count: report.problemCount,
    problems: report.problems,
  };
}
