import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { formatEventJson } from '../event/json-event.js';
import type { TraceEvent } from '../event/trace-event.js';
import { openRing } from '../export/recover-ring.js';
import { type ValidationReport, validateElements } from '../export/validate-export.js';
import { formatCount } from './format.js';
import type { TraceSource } from './trace-source.js';

/** The first bytes of a ring file: native/RING_FILE.md. */
const RING_MAGIC = Buffer.from('EGISRING');

/** Whether the file begins as a ring file does; what cannot be read is for its reader to report. */
export async function isRingFile(file: string): Promise<boolean> {
  try {
    // Without O_NONBLOCK, opening a pipe waits for its other end. Windows has none.
    const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      if (!(await handle.stat()).isFile()) return false;
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(RING_MAGIC.length), 0);
      return bytesRead === RING_MAGIC.length && buffer.equals(RING_MAGIC);
    } finally {
      await handle.close();
    }
  } catch {
    return false;
  }
}

/** @throws TraceError `ERR_TRACE_FILE`, `ERR_TRACE_FORMAT`. */
export async function openRingSource(file: string): Promise<TraceSource> {
  const { metadata } = await openRing(file);
  return { metadata, database: undefined, open: () => ringEvents(file) };
}

async function* ringEvents(file: string): AsyncGenerator<TraceEvent, void, undefined> {
  const ring = await openRing(file);
  for await (const batch of ring.batches()) yield* batch;
}

/** A ring file is valid when every record in it is, and what it gives is a valid export. */
export async function validateRing(file: string): Promise<ValidationReport> {
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
