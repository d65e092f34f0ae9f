import fc from 'fast-check';
import { expect, it } from 'vitest';
import { withOperationId } from '../../src/context/run-operation.js';
import { monitor } from '../../src/monitor/index.js';
import { parametersOf } from '../../src/monitor/parameter-names.js';

/** Functions as engines print them: what a compiler makes of this file is not what is meant. `@` is `$`. */
const evaluate = (source: string) =>
  new Function(`return (${source.replaceAll('@', '$')})`)() as object;

/** A rest parameter with its dots, `[]` for one that is taken apart by position. */
const names = (fn: object) =>
  parametersOf(fn)?.map(({ name, isRest, hasList }) =>
    name === undefined ? (hasList ? '[]' : undefined) : `${isRest ? '...' : ''}${name}`,
  );

const readable: [string, (string | undefined)[]][] = [
  ['function f(a, b) {}', ['a', 'b']],
  ['function () {}', []],
  ['(a = "x,y)", b = [1, 2], c = { d: (1, 2) }) => 1', ['a', 'b', 'c']],
  ['(a = `t,)`, b) => 1', ['a', 'b']],
  ["(a = ')', b = f(1, ')')) => 1", ['a', 'b']],
  ['({ a, b }, [c], d) => 1', [undefined, '[]', 'd']],
  ['({ a: [b] }, { [1]: c, d = [] }) => 1', ['[]', undefined]],
  ['({ a = 1 } = {}, ...rest) => 1', [undefined, '...rest']],
  ['(/* a, */ b /* = ( */, // c, d\n e) => 1', ['b', 'e']],
  ['/* x */ a => a', ['a']],
  ['async a => a', ['a']],
  ['async => 1', ['async']],
  ['async (a, b) => a', ['a', 'b']],
  ['async function* f(a, $b_1) {}', ['a', '$b_1']],
  ['(größe, 名, p\\u0061ss) => 1', ['größe', '名', 'pass']],
  ['(a, b,) => 1', ['a', 'b']],
  ['(a = /[)/]\\/,/gi, password) => 1', ['a', 'password']],
  ['(a = 6 / 2, password = 1 / 3) => 1', ['a', 'password']],
  ['(a = (1) / 2, b = [1][0] / 2, c = {} / 2, d = a++ / 2, password) => /[)]/', 'abcd'.split('')],
  ['(a = `x@{{ b: `)@{"}"}` }[`,`]},`, password) => 1', ['a']],
  ['(a = (() => { if (a) /[)]/.test(1); })(), password) => 1', ['a']],
  ['(a = x.return / 2, b = typeof /[(]/, password) => 1', ['a', 'b']],
  ['{ m(a) {} }.m', ['a']],
  ["{ 'quoted (name'(a) {} }['quoted (name']", ['a']],
  ['{ 12(a) {} }[12]', ['a']],
  ['{ class(a) {} }.class', ['a']],
  ['{ async *m(a, b) {} }.m', ['a', 'b']],
  ['{ ["x(" + 1](a) {} }["x(1"]', ['a']],
  ['Object.getOwnPropertyDescriptor({ get g() { return 1; } }, "g").get', []],
  ['Object.getOwnPropertyDescriptor({ set s(value) {} }, "s").set', ['value']],
  ['class { static m(a) {} }.m', ['a']],
  ['class { static #m(a, b) {} static get() { return this.#m; } }.get()', ['a', 'b']],
];
it.each(readable)('names are read from %s', (source, expected) => {
  const more = source.includes('password') && !expected.includes('password') ? ['password'] : [];
  expect(names(evaluate(source))).toEqual([...expected, ...more]);
});

it.each([
  'Math.max',
  '((a) => a).bind(null)',
  'new Proxy((a) => a, {})',
  'class { constructor(a) {} }',
  // Minified: nothing says what `t` was.
  'function(t,e){return t+e}',
  't=>t.length',
  'async(t,e)=>t',
  '{login(t,e){return t}}.login',
])('none are guessed for %s', (source) => {
  expect(parametersOf(evaluate(source))).toBeUndefined();
});

it('wrappers of operation(), withOperationId() and monitor() have the names of what they wrap', () => {
  const fn = (user: string, password: string) => user + password;
  expect(names(withOperationId(monitor()(withOperationId(fn))))).toEqual(['user', 'password']);
});

const SPACES = ['', ' ', '\n', '/* , ) */', '// (,\n'];
const NAMES = ['password', 'of', 'async', 'get', '$', 'größe', 'yield_', 'a1'];
/** Pieces that hold what could be taken for the end of a parameter. */
const ATOMS = [
  '1',
  '.5',
  "')'",
  '"\\","',
  '`,@{"`)`"})`',
  '`@{`@{"}"}`}`',
  '/[/),]\\//g',
  '[1, , 2]',
  '{ a: [")"], "b,": 1 }',
  '(0, 1)',
  'function (x, y = /,/) { return x / y; }',
  'async (x) => { if (x) /[(]/.test(x); }',
  'class { static x = /[)]/; m() {} }',
  'new Map([[1, 2]])',
];
const atom = fc.constantFrom(...ATOMS);
const value = fc.oneof(
  atom,
  fc
    .tuple(atom, fc.constantFrom(' + ', ' / ', ', ', ' ? 0 : ', ' in '), atom)
    .map(([a, between, b]) => `(${a})${between.replace(', ', ' ?? ')}(${b})`),
  atom.map((text) => `typeof (${text})`),
);
const defaulted = fc.option(value, { nil: undefined });
const parameter = fc.record({
  pattern: fc.constantFrom<[string, string | undefined] | undefined>(
    undefined,
    undefined,
    ['{ a, b: { c } = {}, ...d }', undefined],
    ['{ ["x)"]: e = /,/ }', undefined],
    ['[f, [g] = [], ...h]', '[]'],
    ['{ i: [j] }', '[]'],
  ),
  fallback: defaulted,
  space: fc.constantFrom(...SPACES),
});
const HEADS: [string, string, string][] = [
  ['', ' =>', ' 1'],
  ['async ', '=>', '{}'],
  ['function f', '', ' {}'],
  ['function* ', '', '{}'],
  ['async function* f', '', ' { /[)]/; }'],
  ['({ ["m(" + /[(,]/.source]', '', ' {} })["m([(,]"]'],
  ["({ async *'a (b'", '', " {} })['a (b']"],
  ['(class { static async m', '', ' {} }).m'],
];

it('names are those that the engine knows, whatever stands around them', () => {
  const signature = fc.record({
    head: fc.constantFrom(...HEADS),
    parameters: fc.array(parameter, { maxLength: 5 }),
    rest: fc.boolean(),
  });
  const property = fc.property(signature, ({ head: [before, arrow, after], parameters, rest }) => {
    const used = [...NAMES];
    const expected: (string | undefined)[] = [];
    const seen = new Set<string>();
    const texts = parameters.map(({ pattern, fallback, space }) => {
      const known = pattern !== undefined && !seen.has(pattern[0]) ? pattern : undefined;
      if (known !== undefined) seen.add(known[0]);
      const name = known === undefined ? (used.shift() as string) : known[0];
      expected.push(known === undefined ? name : known[1]);
      return `${space}${name}${space}${fallback === undefined ? '' : `=${space} ${fallback}${space}`}`;
    });
    if (rest) {
      texts.push(' ...others');
      expected.push('...others');
    }
    const fn = evaluate(`${before}(${texts.join(',')} )${arrow}${after}`);
    expect(names(fn)).toEqual(expected);
  });
  fc.assert(property, { numRuns: process.env.AEGIS_STRESS === '1' ? 200_000 : 3000 });
});
