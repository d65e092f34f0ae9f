import { expected } from '../errors.js';

/**
 * Signals that end a process which does not listen, and that a program can listen for. Not SIGKILL and
 * SIGSTOP, which nobody hears of; not SIGUSR1, with which Node opens its debugger; not those of a
 * fault, such as SIGSEGV, after which no JavaScript may run; not those that end nothing, as SIGCHLD.
 */
const SIGNALS = [
  'SIGTERM',
  'SIGINT',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR2',
  'SIGALRM',
  'SIGXCPU',
  'SIGPWR',
] as const satisfies readonly NodeJS.Signals[];

/** What `signals: true` means. */
const USUAL: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT'];

/**
 * The signals that `flushOnExit.signals` names, each once.
 *
 * @throws TraceError `ERR_TRACE_OPTION`.
 */
export function checkSignals(value: unknown = false): NodeJS.Signals[] {
  if (typeof value === 'boolean') return value ? [...USUAL] : [];
  if (!Array.isArray(value)) {
    throw expected('ERR_TRACE_OPTION', 'flushOnExit.signals', 'a boolean or an array', value);
  }
  const names = value as unknown[];
  const wrong = names.findIndex((name) => !(SIGNALS as readonly unknown[]).includes(name));
  if (wrong >= 0) {
    const expectation = `one of ${SIGNALS.join(', ')}`;
    throw expected('ERR_TRACE_OPTION', `flushOnExit.signals[${wrong}]`, expectation, names[wrong]);
  }
  return [...new Set(names as NodeJS.Signals[])];
}
