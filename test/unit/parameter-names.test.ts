import { expect, it } from 'vitest';
import { parameterNames } from '../../src/monitor/parameter-names.js';

/** Functions as engines print them: what a compiler makes of this file is not what is meant. */
const evaluate = (source: string) => new Function(`return (${source})`)() as object;

const readable: [string, (string | undefined)[]][] = [
  ['function f(a, b) {}', ['a', 'b']],
  ['function () {}', []],
  ['(a = "x,y)", b = [1, 2], c = { d: (1, 2) }) => 1', ['a', 'b', 'c']],
  ['(a = `t,)`, b) => 1', ['a', 'b']],
  ["(a = ')', b = f(1, ')')) => 1", ['a', 'b']],
  ['({ a, b }, [c], d) => 1', [undefined, undefined, 'd']],
  ['({ a = 1 } = {}, ...rest) => 1', [undefined, '...rest']],
  ['(/* a, */ b /* = ( */, // c, d\n e) => 1', ['b', 'e']],
  ['/* x */ a => a', ['a']],
  ['async a => a', ['a']],
  ['async (a, b) => a', ['a', 'b']],
  ['async function* f(a, $b_1) {}', ['a', '$b_1']],
  ['(größe, 名) => 1', ['größe', '名']],
  ['(a, b,) => 1', ['a', 'b']],
  ['{ m(a) {} }.m', ['a']],
  ["{ 'quoted (name'(a) {} }['quoted (name']", ['a']],
  ['{ async *m(a, b) {} }.m', ['a', 'b']],
  ['{ ["x(" + 1](a) {} }["x(1"]', ['a']],
  ['Object.getOwnPropertyDescriptor({ get g() { return 1; } }, "g").get', []],
  ['Object.getOwnPropertyDescriptor({ set s(value) {} }, "s").set', ['value']],
  ['class { static m(a) {} }.m', ['a']],
  ['class { static #m(a, b) {} static get() { return this.#m; } }.get()', ['a', 'b']],
];
it.each(readable)('names are read from %s', (source, names) => {
  expect(parameterNames(evaluate(source))).toEqual(names);
});

it.each([
  'Math.max',
  '((a) => a).bind(null)',
  'new Proxy((a) => a, {})',
  '(a = /[)]/, b) => 1',
  'class { constructor(a) {} }',
])('none are guessed for %s', (source) => {
  expect(parameterNames(evaluate(source))).toBeUndefined();
});
