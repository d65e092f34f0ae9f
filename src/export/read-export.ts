import { TraceError } from '../errors.js';
import { parseEventJson } from '../event/json-event.js';
import type { TraceEvent } from '../event/trace-event.js';
import { type DocumentElement, DocumentScanner } from './document-scanner.js';
import {
  counterProblem,
  type ExportMetadata,
  parseMetadata,
  retainedProblem,
} from './export-metadata.js';
import { type ReadOptions, readChunks } from './read-chunks.js';

/**
 * Reads the events of an export in the order of the file, which is the order of recording.
 * Memory is constant whatever the size of the file, and integers are exact. The document may have
 * been reformatted (`jq .`, minified), its members reordered.
 *
 * Damage is found when it is reached, so events before it have been returned by then; that the
 * file has as many events as its metadata says is known at its end only.
 *
 * @throws TraceError `ERR_TRACE_FILE` when the file cannot be opened or read; `ERR_TRACE_FORMAT`
 * when it is not an export, is damaged or of an unknown version; `ERR_TRACE_CANCELLED`.
 */
export async function* readExport(
  path: string,
  options: ReadOptions = {},
): AsyncGenerator<TraceEvent, void, undefined> {
  let metadata: ExportMetadata | undefined;
  let events = 0;
  for await (const elements of readElements(path, options)) {
    for (const element of elements) {
      if (element.kind === 'metadata') {
        metadata = metadataOf(path, element);
      } else {
        // Parsed one at a time: the consumer may stop at any event.
        yield eventOf(path, element, events);
        events++;
      }
    }
  }
  // The scanner has seen to it that there is metadata.
  const problem = metadata && retainedProblem(metadata, events);
  if (problem !== undefined) throw new TraceError('ERR_TRACE_FORMAT', `${path}: ${problem}`);
}

/**
 * Reads the metadata of an export, and no more of the file than that takes.
 *
 * @throws TraceError as {@link readExport} does.
 */
export async function readExportMetadata(path: string): Promise<ExportMetadata> {
  for await (const elements of readElements(path)) {
    const element = elements.find(({ kind }) => kind === 'metadata');
    if (element !== undefined) return metadataOf(path, element);
  }
  throw new TraceError('ERR_TRACE_FORMAT', `${path}: expected "metadata"; got none`);
}

/**
 * Reads the elements of an export, unparsed, in batches: as many as a chunk of the file completes.
 *
 * @internal
 * @throws TraceError as {@link readExport} does, as far as the structure of the document goes.
 */
export async function* readElements(
  path: string,
  options: ReadOptions = {},
): AsyncGenerator<DocumentElement[], void, undefined> {
  yield* scanElements(path, readChunks(path, options), new DocumentScanner());
}

/** The same of any bytes. @internal */
export async function* scanElements(
  path: string,
  chunks: AsyncIterable<Buffer>,
  scanner: DocumentScanner,
): AsyncGenerator<DocumentElement[], void, undefined> {
  for await (const chunk of chunks) {
    const elements: DocumentElement[] = [];
    try {
      scanner.push(chunk, elements);
    } catch (error) {
      // What stands before the damage is sound.
      if (elements.length > 0) yield elements;
      throw located(path, error);
    }
    if (elements.length > 0) yield elements;
  }
  try {
    scanner.end();
  } catch (error) {
    throw located(path, error);
  }
}

/** @internal */
export function metadataOf(path: string, element: DocumentElement): ExportMetadata {
  try {
    const metadata = parseMetadata(element.text);
    const problem = counterProblem(metadata);
    if (problem === undefined) return metadata;
    throw new TraceError('ERR_TRACE_FORMAT', `metadata: ${problem}`);
  } catch (error) {
    throw located(`${path}: byte ${element.offset}`, error);
  }
}

/** @internal */
export function eventOf(path: string, element: DocumentElement, index: number): TraceEvent {
  try {
    return parseEventJson(element.text);
  } catch (error) {
    throw located(`${path}: event ${index} at byte ${element.offset}`, error);
  }
}

/** The same error, saying where; anything but a TraceError is a bug and stays as it is. */
export function located(where: string, error: unknown): unknown {
  if (!(error instanceof TraceError)) return error;
  return new TraceError(error.code, `${where}: ${error.message}`, { cause: error });
}
