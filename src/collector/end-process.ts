import { native } from './binding.js';

/**
 * Ends the process at once: nothing else of it runs, and threads that hang are not waited for. For the
 * case in which process.exit() would wait for one without end.
 */
export function endProcess(code: number): never {
  return native.endProcess(code);
}
