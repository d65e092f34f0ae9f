import type { TraceEvent } from '../event/trace-event.js';
import { type NativeRingFile, native } from './binding.js';
import { decodeEventsInSlices } from './decode.js';
import { type ExportOptions, watchExport } from './export-job.js';

/** Records fetched at a time: large enough that a trip to the thread pool costs nothing per event. */
const BATCH_BYTES = 256 * 1024;

/**
 * What is left in the file of a ring, read off the event loop. Metadata is the text of an export's
 * metadata object.
 */
export class RingFile {
  readonly #native: NativeRingFile;

  private constructor(
    file: NativeRingFile,
    /** Of all that can be recovered. */
    readonly metadata: string,
  ) {
    this.#native = file;
  }

  /** @throws TraceError `ERR_TRACE_FILE`, `ERR_TRACE_FORMAT`, `ERR_TRACE_MEMORY`. */
  static async open(path: string): Promise<RingFile> {
    const file = new native.NativeRingFile(path);
    return new RingFile(file, await file.open());
  }

  /** The events in order of recording, in batches; to be gone through once. Throws as {@link open}. */
  async *batches(): AsyncGenerator<TraceEvent[], void, undefined> {
    for (;;) {
      const records = await this.#native.read(BATCH_BYTES);
      if (records.byteLength === 0) return;
      yield await decodeEventsInSlices(records);
    }
  }

  /** With an account of what {@link batches} has returned: less, when the file has changed since. */
  metadataSoFar(): string {
    return this.#native.metadata();
  }
}

/** Writes what is left in a ring file as an export; @returns its metadata. See recoverRingToJson. */
export async function exportRingFile(
  path: string,
  json: string | URL,
  options: ExportOptions,
): Promise<string> {
  const file = new native.NativeRingFile(path);
  return watchExport((target, control) => file.exportJson(target, control), json, options);
}
