import { expect, it } from 'vitest';
import { checkSignals } from '../../src/pipeline/signal-names.js';

it.each([
  [undefined, []],
  [false, []],
  [true, ['SIGTERM', 'SIGINT']],
  [[], []],
  [
    ['SIGHUP', 'SIGTERM', 'SIGHUP'],
    ['SIGHUP', 'SIGTERM'],
  ],
])('%j listens for %j', (given, signals) => {
  expect(checkSignals(given)).toEqual(signals);
});

it.each([
  [['SIGKILL'], 'flushOnExit.signals[0]', '"SIGKILL"'],
  [['SIGTERM', 'SIGSTOP'], 'flushOnExit.signals[1]', '"SIGSTOP"'],
  [['SIGUSR1'], 'flushOnExit.signals[0]', '"SIGUSR1"'],
  [['SIGSEGV'], 'flushOnExit.signals[0]', '"SIGSEGV"'],
  [['SIGCHLD'], 'flushOnExit.signals[0]', '"SIGCHLD"'],
  [['sigterm'], 'flushOnExit.signals[0]', '"sigterm"'],
  [['TERM'], 'flushOnExit.signals[0]', '"TERM"'],
  [[15], 'flushOnExit.signals[0]', '15'],
  [[undefined], 'flushOnExit.signals[0]', 'undefined'],
])('a pipeline that nobody could close is not started: %j', (given, name, shown) => {
  const message =
    `${name} must be one of SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR2, SIGALRM, SIGXCPU, SIGPWR; ` +
    `got ${shown}`;
  expect(() => checkSignals(given)).toThrow(
    expect.objectContaining({ code: 'ERR_TRACE_OPTION', message }) as Error,
  );
});

it.each([['SIGTERM'], [1], [null], [{}]])('refuses %j as a list of signals', (given) => {
  expect(() => checkSignals(given)).toThrow(/flushOnExit\.signals must be a boolean or an array/);
});
