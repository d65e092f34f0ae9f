import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { TraceEvent } from '../event/trace-event.js';
import type { ExportMetadata } from '../export/export-metadata.js';
import type { ReadOptions } from '../export/read-chunks.js';
import { readExport, readExportMetadata } from '../export/read-export.js';
import { openRing } from '../export/recover-ring.js';

/** A file that a command reads: an export, or the file of a ring. */
export interface OpenTrace {
  metadata: ExportMetadata;
  /** Begins a pass over the events, in order of recording. */
  events: () => AsyncIterable<TraceEvent>;
}

/** The first bytes of a ring file: native/RING_FILE.md. */
const RING_MAGIC = Buffer.from('EGISRING');

/** Opens whatever the file is, by its content and not by its name. @throws as its reader does. */
export async function openTrace(file: string, options: ReadOptions = {}): Promise<OpenTrace> {
  if (!(await isRingFile(file))) {
    const metadata = await readExportMetadata(file);
    return { metadata, events: () => readExport(file, options) };
  }
  const { metadata } = await openRing(file);
  return { metadata, events: () => ringEvents(file) };
}

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

async function* ringEvents(file: string): AsyncGenerator<TraceEvent, void, undefined> {
  const ring = await openRing(file);
  for await (const batch of ring.batches()) yield* batch;
}
