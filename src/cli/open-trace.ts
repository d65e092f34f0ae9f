import { TraceError } from '../errors.js';
import { type ValidationReport, validateSelection } from '../export/validate-export.js';
import type { Input, Inputs } from './inputs.js';
import { type FileKind, kindOf } from './magic.js';
import type { TraceSource } from './trace-source.js';

/**
 * Looks into a file and says how to read it: a database of a store or the file of a ring by their first
 * bytes, not their names; else text. What reads each kind is loaded only for it.
 *
 * @param options.isOnce - its events are read once, so that a stream need not be kept.
 * @throws TraceError `ERR_TRACE_FILE`, `ERR_TRACE_FORMAT`; `ERR_TRACE_PEER` when there is no SQLite.
 */
export async function openTrace(
  inputs: Inputs,
  file: string,
  options: { isOnce: boolean },
): Promise<TraceSource> {
  if (/^https?:\/\//.test(file)) {
    const { HubClient } = await import('./hub-client.js');
    const { HubSource } = await import('./hub-source.js');
    return new HubSource(new HubClient({ hub: file }, inputs.env));
  }
  const input = await inputs.open(file, options);
  switch (kindIn(input)) {
    case 'database': {
      const { DatabaseSource } = await import('./database-source.js');
      return DatabaseSource.open(await input.path());
    }
    case 'ring': {
      const { RingSource } = await import('./ring-source.js');
      return new RingSource(await input.path());
    }
    default: {
      const { DocumentSource } = await import('./document-source.js');
      return new DocumentSource(input);
    }
  }
}

/** Checks whichever kind of file it is. @throws TraceError when it cannot be read at all. */
export async function validateTrace(inputs: Inputs, file: string): Promise<ValidationReport> {
  const input = await inputs.open(file, { isOnce: true });
  switch (kindIn(input)) {
    case 'database': {
      const { validateDatabase } = await import('./database-source.js');
      return validateDatabase(await input.path());
    }
    case 'ring': {
      const { validateRing } = await import('./ring-source.js');
      return validateRing(await input.path());
    }
    default: {
      return validateSelection(input.name, input.chunks(), input.head);
    }
  }
}

function kindIn({ name, head }: Input): FileKind {
  const kind = kindOf(name, head);
  if (kind !== 'gzip') return kind;
  throw new TraceError('ERR_TRACE_FORMAT', `${name} is gzip data within gzip data`);
}
