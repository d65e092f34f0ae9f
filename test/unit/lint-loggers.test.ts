// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are sources of templates
import { afterAll, describe, expect, it } from 'vitest';
import { lintLoggers, lintSource } from '../../src/lint/lint-loggers.js';
import { maskSource } from '../../src/lint/source-mask.js';
import { runCli } from '../support/capture-io.js';
import { makeTestFolder } from '../support/write-export.js';

const folder = makeTestFolder();
afterAll(folder.remove);

const places = (source: string) =>
  lintSource('f.ts', source).map(({ line, column, rule }) => `${line}:${column} ${rule}`);

describe('O4: finds', () => {
  it.each([
    ['a console call', "console.log('x')", ['1:1 console']],
    ['one of globalThis', 'globalThis.console.warn(1)', ['1:12 console']],
    [
      'optional and computed ones',
      "console?.error(1);\nconsole['log'](2)",
      ['1:1 console', '2:1 console'],
    ],
    ['one of global', 'global.console.log(1)', ['1:8 console']],
    ['one of a global in brackets', 'globalThis?.console?.["warn"](1)', ['1:13 console']],
    [
      'a console that is handed on',
      'app({ logger: console }); const { log } = console;',
      ['1:15 console', '1:43 console'],
    ],
    ['a console as a default', 'const out = given ?? global.console', ['1:29 console']],
    ['one in a template', '`a ${console.log(1)} b`', ['1:6 console']],
    ['one behind a regular expression', 'const r = /["\'`]/; console.log(r)', ['1:20 console']],
    ['one behind an apostrophe in JSX', "<p>don't</p>;\nconsole.log(1)", ['2:1 console']],
    ['one behind a division', "a = b / c; s = 'x'; console.log(a / b)", ['1:21 console']],
    ['pino', "import pino from 'pino';\nconst l = pino({ level: 'info' })", ['2:11 logger']],
    ['pino by another name', "import { pino as p } from 'pino'; p()", ['1:35 logger']],
    ['a required pino', "const log = require('pino'); log()", ['1:30 logger']],
    ['winston', "import * as w from 'winston'; w.createLogger({})", ['1:31 logger']],
    [
      'createLogger of winston',
      "import { createLogger } from 'winston'; createLogger({})",
      ['1:41 logger'],
    ],
    [
      'a logger beside a helper that it does not use',
      "import pino from 'pino';\nconst ids = () => operationIdMixin();\nconst log = pino({ level: 'info' })",
      ['3:13 logger'],
    ],
    ['log4js', "import log4js from 'log4js'; log4js.getLogger('a')", ['1:30 logger']],
    ["Fastify's own logger", 'const app = fastify({ logger: true })', ['1:13 logger']],
    [
      'options without a mixin, made elsewhere',
      "import pino from 'pino'; pino(options)",
      ['1:26 logger'],
    ],
    [
      'an escape without a reason',
      'console.log(1) // lint-loggers: allow',
      ['1:1 console', '1:1 escape'],
    ],
  ])('%s', (_, source, expected) => {
    expect(places(source)).toEqual(expected);
  });
});

describe('leaves alone', () => {
  it.each([
    [
      'what is in a string, a comment or a regular expression',
      "'console.log(1)' // console.log\n/* console.log( */ x = /console.log/",
    ],
    [
      'a console of something else',
      'page.console.log(1); my_console.log(2); consoles.log(3); this.#console.log(4)',
    ],
    [
      'a key, a type and a name',
      'type C = typeof console; const a = { console: 1 }; class B { console() {} }',
    ],
    ['text of a template', '`console.log(${1})`'],
    ['a wrapped pino', "import pino from 'pino'; pino({ mixin: operationIdMixin })"],
    [
      'options made elsewhere',
      "import pino from 'pino'; const o = { mixin: operationIdMixin }; pino(o)",
    ],
    [
      'the recipe for winston: a format that is made of ours',
      "import winston from 'winston';\nconst withOperation = winston.format((info) => Object.assign(info, operationIdMixin()));\nconst logger = winston.createLogger({\n  format: winston.format.combine(withOperation(), winston.format.json()),\n});",
    ],
    [
      'a helper of a helper, without semicolons',
      "import pino from 'pino'\nfunction ids() {\n  const id = getOperationId()\n  return { id }\n}\nconst mixin = () =>\n  ids()\nconst log = pino({ mixin })",
    ],
    [
      'ours by another name',
      "import { operationIdMixin as withIds } from 'aegis-trace/context'; import pino from 'pino'; pino({ mixin: withIds })",
    ],
    ["pino's helpers", "import pino from 'pino'; pino.destination(1)"],
    ['a function called pino that is none', 'pino()'],
    ['our own logger', "import { getLogger } from 'aegis-trace/context'; getLogger('a')"],
    [
      'a Fastify with our logger',
      "fastify({ loggerInstance: getLogger('http') }); fastify({ logger: false })",
    ],
    ['an escape on the line', 'console.log(1) // lint-loggers: allow the banner is for people'],
    ['an escape above', '// lint-loggers: allow it is a CLI\nconsole.log(1)'],
    ['a file', '/* lint-loggers: allow-file a script */\nconsole.log(1)\nconsole.log(2)'],
  ])('%s', (_, source) => {
    expect(places(source)).toEqual([]);
  });
});

it('an escape holds for one line', () => {
  const source = '// lint-loggers: allow one\nconsole.log(1)\nconsole.log(2)';
  expect(places(source)).toEqual(['3:1 console']);
});

it('masking keeps length and lines', () => {
  const source = 'a = `x\n${{ b: `y` }.b} z` / 2; // c\n"s\\"t" /* d\n e */ f';
  const { code, comments } = maskSource(source);
  expect(code).toHaveLength(source.length);
  expect(code.split('\n')).toHaveLength(source.split('\n').length);
  expect(comments.map(({ line, text }) => [line, text.trim()])).toEqual([
    [2, 'c'],
    [3, 'd\n e'],
  ]);
  expect(code.replaceAll(/\s+/g, ' ')).toBe('a = ${{ b: }.b / 2; f');
});

describe('aegis-trace lint-loggers', () => {
  it('goes through a tree, without what is built or installed', async () => {
    for (const name of ['a.ts', 'b.d.ts', 'c.txt']) folder.write(name, 'console.log(1)\n');
    const found = await runCli(['lint-loggers', folder.path]);
    expect(found.exit).toBe(1);
    expect(found.stdout).toBe(
      `${folder.path}/a.ts:1:1: console: console.log writes no operation id; use getLogger()\n`,
    );
    expect(found.stderr).toBe('1 files checked, 1 place to look at\n');
    const json = await runCli(['lint-loggers', folder.path, '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ files: 1, findings: [{ line: 1 }] });
    folder.write('a.ts', 'export {};\n');
    expect(await runCli(['lint-loggers', folder.path])).toMatchObject({ exit: 0, stdout: '' });
  });

  it('fails where there is nothing to check', async () => {
    expect(await runCli(['lint-loggers', '/none'])).toMatchObject({ exit: 2, stdout: '' });
    expect(() => lintLoggers('native')).toThrow(
      expect.objectContaining({ code: 'ERR_TRACE_FILE' }),
    );
  });
});

it('200 000 findings in one file are found, each at its place', () => {
  const count = 200_000;
  const findings = lintSource('f.ts', 'console.log("x");\n'.repeat(count));
  expect(findings).toHaveLength(count);
  expect(findings.at(-1)).toMatchObject({ line: count, column: 1 });
});

it.each([
  ['brackets that are never closed', "import pino from 'pino';", 'pino({ a: ('],
  ['functions in functions', "import pino from 'pino'; pino({});", 'function f() { const a = 1;'],
  ['slashes that begin nothing', '', '(/['],
  ['spaces between', '', 'globalThis          .          console          '],
])('reads a megabyte of %s', (_, head, text) => {
  expect(() => lintSource('f.ts', head + text.repeat(1e6 / text.length))).not.toThrow();
});
