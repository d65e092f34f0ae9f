import { objectWith } from '../arguments.js';
import { expected, TraceError } from '../errors.js';
import type { NativeCollector } from './binding.js';
import { checkPath } from './path.js';

export interface ExportProgress {
  eventsWritten: number;
  eventsTotal: number;
}

export interface ExportOptions {
  /** Stops the export, with `ERR_TRACE_CANCELLED` and the signal's reason as its cause. */
  signal?: AbortSignal | undefined;
  /**
   * Called about ten times a second while the export runs, and once when the file is complete. An
   * error that it throws stops an export under way, and rejects the promise in any case.
   */
  onProgress?: ((progress: ExportProgress) => void) | undefined;
}

export interface ExportResult {
  /** Events in the file. */
  events: number;
}

const PROGRESS_INTERVAL_MS = 100;
// The cells of the control array: see ExportControl in native/addon/jobs.hpp.
const WRITTEN = 0;
const TOTAL = 1;
const CANCEL = 2;
const CELLS = 3;

const OPTION_NAMES = ['signal', 'onProgress'];

function cancelled(path: string, signal: AbortSignal): TraceError {
  return new TraceError('ERR_TRACE_CANCELLED', `the export to ${path} was stopped by the caller`, {
    cause: signal.reason,
  });
}

/** Runs one export off the event loop; see TraceCollector.exportJson. */
export async function runExport(
  native: Pick<NativeCollector, 'exportJson'>,
  path: string | URL,
  options: ExportOptions,
): Promise<ExportResult> {
  const start = (file: string, control: Int32Array) => native.exportJson(file, control);
  return { events: await watchExport(start, path, options) };
}

/** Watches over an export that `start` begins. @returns what it resolves to. Rejects as exportJson. */
export async function watchExport<T>(
  start: (path: string, control: Int32Array) => Promise<T>,
  path: string | URL,
  options: ExportOptions,
): Promise<T> {
  const target = checkPath(path);
  objectWith(options, 'options', OPTION_NAMES);
  const { signal, onProgress } = options;
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw expected('ERR_TRACE_OPTION', 'onProgress', 'a function', onProgress);
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw expected('ERR_TRACE_OPTION', 'signal', 'an AbortSignal', signal);
  }
  if (signal?.aborted) throw cancelled(target, signal);

  const control = new Int32Array(CELLS);
  let failure: { error: unknown } | undefined;
  const cancel = () => Atomics.store(control, CANCEL, 1);
  const report = () => {
    try {
      onProgress?.({
        eventsWritten: Atomics.load(control, WRITTEN),
        eventsTotal: Atomics.load(control, TOTAL),
      });
    } catch (error) {
      failure ??= { error };
      cancel();
    }
  };
  const timer = onProgress && setInterval(report, PROGRESS_INTERVAL_MS);
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    const result = await start(target, control);
    report();
    if (failure !== undefined) throw failure.error;
    return result;
  } catch (error) {
    if (failure !== undefined) throw failure.error;
    const wasStopped = error instanceof TraceError && error.code === 'ERR_TRACE_CANCELLED';
    throw wasStopped && signal?.aborted ? cancelled(target, signal) : error;
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', cancel);
  }
}
