import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { TraceError } from '../../errors.js';
import { messageOf } from '../../thrown.js';

/** How far a copy has come. */
export interface CopyState {
  readonly from: string;
  readonly to: string;
  /** Of the source; undefined at its start. */
  readonly cursor?: string | undefined;
  /** Events that were read. */
  readonly events: number;
  /** Of a file that is copied to. */
  readonly bytes?: number | undefined;
}

/**
 * Undefined when there is none.
 *
 * @throws TraceError `ERR_TRACE_FILE`; `ERR_TRACE_FORMAT` for a file of something else; `ERR_TRACE_OPTION` for that of
 * another copy.
 */
export function readState(path: string, from: string, to: string): CopyState | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    const message = `${path} could not be read: ${messageOf(cause)}`;
    throw new TraceError('ERR_TRACE_FILE', message, { cause });
  }
  const state = parsed(text, path);
  if (state.from === from && state.to === to) return state;
  const message = `${path} is of a copy from ${state.from} to ${state.to}`;
  throw new TraceError('ERR_TRACE_OPTION', message);
}

/** @throws TraceError `ERR_TRACE_FORMAT`. */
function parsed(text: string, path: string): CopyState {
  try {
    const value = JSON.parse(text) as CopyState;
    const texts = [value.from, value.to, value.cursor ?? ''];
    if (texts.every((field) => typeof field === 'string') && Number.isSafeInteger(value.events)) {
      return value;
    }
  } catch {
    // Said below.
  }
  throw new TraceError('ERR_TRACE_FORMAT', `${path} does not say how far a copy has come`);
}

/** Whole or as it was before, whenever the process ends. */
export function writeState(path: string, state: CopyState): void {
  writeFileSync(`${path}.new`, `${JSON.stringify(state)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
