import { afterEach, beforeEach, expect, it } from 'vitest';
import { TraceCollector } from '../../src/collector/trace-collector.js';
import { operation, propagateOperationId, withOperationId } from '../../src/context/index.js';
import { type AnyFunction, monitor, setDefaultCollector } from '../../src/monitor/index.js';
import { nextWarning } from '../support/warnings.js';

const SECRET = 'xyzzy';
let collector: TraceCollector;

beforeEach(() => {
  collector = new TraceCollector({ capacity: 100 });
  setDefaultCollector(collector);
});

afterEach(() => {
  setDefaultCollector(undefined);
  collector.close();
});

const recorded = () => collector.query().map(({ attributes }) => attributes);
/** A function as its source says, whatever compiles this file. */
const evaluate = (source: string) => new Function(`return (${source})`)() as AnyFunction;

it('a password is masked after a default with a division or a regular expression', () => {
  for (const fallback of ['/[)]/', '6 / 2', '`)`']) {
    monitor()(evaluate(`(pattern = ${fallback}, password) => undefined`))(1, SECRET);
  }
  expect(recorded()).toMatchObject(Array(3).fill({ 'arg.pattern': '1', 'arg.password': '***' }));
});

it('a password is masked, and the function named, in what wrappers of this package made', () => {
  const login = (_user: string, _password: string) => undefined;
  const wrappers: ((fn: typeof login) => typeof login)[] = [
    (fn) => withOperationId(fn),
    (fn) => operation('login', fn),
    (fn) => propagateOperationId(fn),
    (fn) => monitor({ sampleRate: 0 })(fn),
    (fn) => withOperationId(operation('login', propagateOperationId(fn))),
  ];
  for (const wrap of wrappers) monitor({ module: 'm' })(wrap(login))('ann', SECRET);
  // monitor() around monitor() records both.
  const calls = recorded().filter(({ process }) => process === 'm.login');
  const expected = { 'arg._user': 'ann', 'arg._password': '***' };
  expect(calls).toMatchObject(Array(5).fill(expected));
});

it('of minified, bound and native functions arguments are shown by type and length, said once', async () => {
  const warning = nextWarning('AEGIS_TRACE_UNNAMED');
  const more: Error[] = [];
  const count = (error: Error & { code?: string }) =>
    error.code === 'AEGIS_TRACE_UNNAMED' && more.push(error);
  process.on('warning', count);
  const minified = evaluate('function(t,e){return 1}');
  const values: unknown[] = [{ a: SECRET }, SECRET, [SECRET], 12, true, undefined, null];
  for (const fn of [minified, minified.bind(null)]) monitor({ name: 'login' })(fn)(...values);
  for (const serializer of ['json', 'inspect', () => SECRET] as const) {
    monitor({ serializer, capture: { result: false } })(minified)(SECRET, 1n);
  }
  monitor({ capture: { result: false } })(Math.max)(1, 2);
  const shapes = {
    'arg.0': '[Object]',
    'arg.1': '[string of 5]',
    'arg.2': '[Array of 1]',
    'arg.3': '[number]',
    'arg.4': 'true',
    'arg.5': 'undefined',
    'arg.6': 'null',
  };
  expect(recorded()).toMatchObject([
    shapes,
    shapes,
    { 'arg.0': '"[string of 5]"', 'arg.1': '"[bigint]"' },
    { 'arg.0': "'[string of 5]'", 'arg.1': "'[bigint]'" },
    { 'arg.0': '[string of 5]', 'arg.1': '[bigint]' },
    { 'arg.0': '[number]', 'arg.1': '[number]' },
  ]);
  expect((await warning).message).toMatch(/the parameters of .*login have no names to mask by/);
  await new Promise(setImmediate);
  process.off('warning', count);
  expect(more).toHaveLength(1);
});

it('their values are recorded where that is asked for', () => {
  monitor({ unnamedArgs: 'value' })(evaluate('t=>t.length'))('abc');
  expect(recorded()).toMatchObject([{ 'arg.0': 'abc', result: '3' }]);
});

it('a secret in a parameter that is taken apart is not shown', () => {
  const fn = evaluate(
    '({ user, password }, [name, token], { p: secret }, { items = [] }) => undefined',
  );
  monitor()(fn)({ user: 'ann', password: SECRET }, ['ann', SECRET], { p: SECRET }, { items: [1] });
  expect(recorded()).toMatchObject([
    {
      'arg.0': "{user: 'ann', password: ***}",
      'arg.1': '[Array of 2]',
      'arg.2': '[Object]',
      'arg.3': '{items: [1]}',
    },
  ]);
});
