import { formatEventJson } from '../event/json-event.js';
import { type ExportMetadata, parseMetadata } from '../export/export-metadata.js';
import { openRing, recoverRingToJson } from '../export/recover-ring.js';
import { formatCount } from './format.js';
import { type CommandContext, EXIT } from './io.js';
import { describeEnd } from './run-end.js';
import { safeJson, safeText } from './safe-text.js';

/**
 * `aegis-trace recover FILE [--out FILE]`: what is left in a ring file, as an export. Without `--out`
 * it goes to stdout, its metadata last: only then is it known what could be read.
 */
export async function recoverCommand(
  file: string,
  options: { out?: string },
  context: CommandContext,
): Promise<number> {
  const input = await context.inputs.open(file, { isOnce: true });
  const path = await input.path();
  const metadata =
    options.out === undefined
      ? await putDocument(path, context)
      : await recoverRingToJson(path, options.out);
  const { pid, retained, dropped, cleared, recovered } = metadata;
  const ended = recovered === undefined ? 'closed it' : describeEnd(recovered);
  context.note(
    `${formatCount(retained)} events recovered of process ${pid}, which ${ended}; ` +
      `${formatCount(dropped)} dropped, ${formatCount(cleared)} cleared`,
  );
  const { skippedRecords = 0, skippedChunks = 0 } = recovered ?? {};
  if (skippedRecords + skippedChunks > 0) {
    context.note(
      `${formatCount(skippedRecords)} damaged records and ${formatCount(skippedChunks)} damaged ` +
        `chunks of ${safeText(file)} were skipped`,
    );
  }
  return EXIT.ok;
}

async function putDocument(file: string, { out }: CommandContext): Promise<ExportMetadata> {
  const ring = await openRing(file);
  await out.line('{"events": [');
  let line = '';
  for await (const batch of ring.batches()) {
    for (const event of batch) {
      // Each line waits for the next event, which decides whether a comma follows.
      if (line !== '') await out.line(`${line},`);
      line = safeJson(formatEventJson(event));
    }
  }
  if (line !== '') await out.line(line);
  await out.line(`],\n"metadata": ${ring.metadataSoFar()}}`);
  return parseMetadata(ring.metadataSoFar());
}
