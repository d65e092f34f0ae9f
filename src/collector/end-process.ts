import { constants } from 'node:os';
import { isMainThread } from 'node:worker_threads';
import { native } from './binding.js';

/** RunEnd::Kind in native/include/aegis/trace/recover.hpp. */
const EXIT = 2;
const SIGNAL = 3;

let isListening = false;

/** From now on the files of rings say with which code this process exits. */
export function noteExitInFiles(): void {
  // The end of a thread is not that of the process; its collectors are closed.
  if (isListening || !isMainThread) return;
  isListening = true;
  process.on('exit', (code) => native.noteEnd(EXIT, Number(process.exitCode ?? code)));
}

/** Says in the files of rings that this process ends itself by a signal. */
export function noteSignalInFiles(signal: NodeJS.Signals): void {
  native.noteEnd(SIGNAL, constants.signals[signal]);
}

/**
 * Ends the process at once: nothing else of it runs, and threads that hang are not waited for. For the
 * case in which process.exit() would wait for one without end.
 */
export function endProcess(code: number): never {
  return native.endProcess(code);
}
