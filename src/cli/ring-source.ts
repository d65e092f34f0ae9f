import { formatEventJson } from '../event/json-event.js';
import type { TraceEvent } from '../event/trace-event.js';
import { openRing } from '../export/recover-ring.js';
import { type ValidationReport, validateElements } from '../export/validate-export.js';
import { formatCount } from './format.js';
import { ScannedSource } from './scanned-source.js';
import type { TraceHead, TraceSize } from './trace-source.js';

/** The file of a ring. */
export class RingSource extends ScannedSource {
  readonly #file: string;

  constructor(file: string) {
    super();
    this.#file = file;
  }

  /** @throws TraceError `ERR_TRACE_FILE`, `ERR_TRACE_FORMAT`; so do the others. */
  async head(): Promise<TraceHead> {
    const { metadata } = await openRing(this.#file);
    return { clock: metadata, metadata, database: undefined };
  }

  async size(): Promise<TraceSize> {
    const { metadata } = await openRing(this.#file);
    return { events: metadata.retained, selection: undefined, isCut: false };
  }

  async *events(): AsyncGenerator<TraceEvent, void, undefined> {
    const ring = await openRing(this.#file);
    for await (const batch of ring.batches()) yield* batch;
  }
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
