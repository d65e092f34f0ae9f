import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventConditions, EventFilter, NameMatch } from '../../src/event/event-filter.js';
import { SEVERITIES } from '../../src/event/severity.js';
import { formatQueryLine, parseQueryLine, QUERY_LINE_HELP } from '../../src/wire/query-line.js';
import { QueryLineError } from '../../src/wire/query-line-scanner.js';

it.each<[string, EventFilter]>([
  ['', {}],
  ['   \t\n', {}],
  [
    'process:gpu.* status:ERR dur>5ms "out of memory"',
    {
      process: { prefix: 'gpu.' },
      status: 'ERR',
      minDurationNs: 5_000_001n,
      text: 'out of memory',
    },
  ],
  ['process:a,"b, c",d*', { process: ['a', 'b, c', { prefix: 'd' }] }],
  ['process:"a*"', { process: 'a*' }],
  ['process:"gpu 0"*', { process: { prefix: 'gpu 0' } }],
  [
    'component:Scheduler type:admit model:m1',
    { component: 'Scheduler', eventType: 'admit', modelId: 'm1' },
  ],
  ['model:""', { modelId: '' }],
  ['process:http://x', { process: 'http://x' }],
  ['request:9f86d081', { requestId: '9f86d081' }],
  ['status:ok', { status: 'OK' }],
  ['severity>=warning', { minSeverity: 'Warning' }],
  ['severity>Warning', { minSeverity: 'Error' }],
  ['dur>=1.5s dur<2m', { minDurationNs: 1_500_000_000n, maxDurationNs: 119_999_999_999n }],
  ['dur<=100us', { maxDurationNs: 100_000n }],
  ['timeout', { text: 'timeout' }],
  ['out of memory', { text: ['out', 'of', 'memory'] }],
  ['"say \\"no\\" to C:\\\\"', { text: 'say "no" to C:\\' }],
  ['"dur>5ms"', { text: 'dur>5ms' }],
  ['50%', { text: '50%' }],
  [
    '-process:a,b -dur>5ms -timeout x',
    {
      text: 'x',
      not: [{ process: ['a', 'b'] }, { minDurationNs: 5_000_001n }, { text: 'timeout' }],
    },
  ],
])('%j is %o', (line, filter) => {
  expect(parseQueryLine(line)).toEqual(filter);
});

describe('an error points at the character', () => {
  it.each<[string, string, RegExp]>([
    [
      'proces:a',
      '^^^^^^',
      /there is no field proces: it is one of process, component, .*, dur; a text is in quotes/,
    ],
    ['x http://y', '  ^^^^', /there is no field http/],
    ['dur:5ms', '   ^', /dur is followed by >= or > or <= or </],
    ['severity:error', '        ^', /severity is followed by >= or >/],
    ['process!=a', '       ^^', /process is followed by :/],
    ['a dur>5 b', '      ^', /a number and a unit of ns, us, ms, s, m, h, as 1.5ms/],
    ['dur>', '    ^', /a value of dur is missing/],
    ['process:', '        ^', /a value of process is missing/],
    ['process:a, b', '          ^', /a value of process is missing/],
    ['process:*', '        ^', /a \* comes after the beginning of a name/],
    ['process:a*b', '         ^', /a \* is the last of a name/],
    [
      'process:a process:b',
      '          ^^^^^^^^^',
      /process is there twice: for either of two write process:a,b/,
    ],
    ['dur>1s dur>=2s', '       ^^^^^^^', /dur is there twice/],
    ['dur<9999999h', '    ^^^^^^^^', /a duration has 64 bits of nanoseconds/],
    ['status:maybe', '       ^^^^^', /status is OK or ERR/],
    ['status:OK,ERR', '          ^^^', /status takes one value/],
    ['request:9f*', '        ^^^', /request takes no \*/],
    ['severity>=fatal', '          ^^^^^', /a severity is one of Info, Warning, Error, Critical/],
    ['severity>critical', '         ^^^^^^^^', /no severity is above critical/],
    ['a "b c', '  ^', /this quote has no end/],
    ['""', '^^', /a text to search for is missing/],
    ['a - b', '   ^', /a text to search for is missing/],
    ['"a"b', '   ^', /a space is missing between two terms/],
    ['dur>2s dur<1s', '^^^^^^^^^^^^^', /minDurationNs must not be above maxDurationNs/],
    ['x '.repeat(101).trim(), '^'.repeat(201), /the list of text must be of 1 to 100; got 101/],
  ])('%s', (line, pointer, message) => {
    let error: unknown;
    try {
      parseQueryLine(line);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(QueryLineError);
    const { at, length, code, message: text } = error as QueryLineError;
    expect(' '.repeat(at) + '^'.repeat(Math.max(1, length))).toBe(pointer);
    expect(code).toBe('ERR_TRACE_QUERY');
    expect(text).toMatch(message);
    expect(text).toContain(`at character ${at + 1} of the query line`);
  });
});

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
const oneName = fc.oneof(
  fc.string({ maxLength: 12 }),
  text.map((prefix) => ({ prefix })),
);
const names: fc.Arbitrary<NameMatch> = fc.oneof(
  oneName,
  fc.array(oneName, { minLength: 2, maxLength: 3 }),
);
const duration = fc.bigInt({ min: 0n, max: 2n ** 62n - 1n });
const term: fc.Arbitrary<EventConditions> = fc.oneof(
  ...(['process', 'component', 'eventType', 'modelId'] as const).map((field) =>
    names.map((match) => ({ [field]: match })),
  ),
  fc.string({ maxLength: 12 }).map((requestId) => ({ requestId })),
  fc.constantFrom('OK', 'ERR').map((status) => ({ status: status as 'OK' })),
  fc.constantFrom(...SEVERITIES).map((minSeverity) => ({ minSeverity })),
  duration.map((minDurationNs) => ({ minDurationNs })),
  duration.map((above) => ({ maxDurationNs: 2n ** 62n + above })),
  text.map((searched) => ({ text: searched })),
);

it('what is written is read back as the same filter', () => {
  const filters = fc.tuple(fc.array(term, { maxLength: 5 }), fc.array(term, { maxLength: 3 }));
  fc.assert(
    fc.property(filters, ([terms, not]) => {
      const filter: EventFilter = {
        ...Object.assign({}, ...terms),
        ...(not.length > 0 && { not }),
      };
      expect(parseQueryLine(formatQueryLine(filter))).toEqual(filter);
    }),
    { numRuns: 2_000 },
  );
});

it('any text is a filter or an error with a place in it', () => {
  const part = fc.constantFrom(
    'process',
    ':',
    '-',
    '"',
    '*',
    ',',
    'dur',
    '>',
    '=',
    '5ms',
    ' ',
    '\\',
    'é',
    'a',
  );
  fc.assert(
    fc.property(
      fc.array(part, { maxLength: 12 }).map((parts) => parts.join('')),
      (line) => {
        try {
          parseQueryLine(line);
        } catch (error) {
          expect(error).toBeInstanceOf(QueryLineError);
          const { at, length } = error as QueryLineError;
          expect(at).toBeGreaterThanOrEqual(0);
          expect(at + length).toBeLessThanOrEqual(line.length);
        }
      },
    ),
    { numRuns: 5_000 },
  );
});

it('the help shows only terms that can be read', () => {
  const terms = QUERY_LINE_HELP.split('\n')
    .filter((line) => line.startsWith('  '))
    .flatMap((line) => line.slice(2, 48).trim().split(/ {2,}/))
    .filter((shown) => !/^\w+:$/.test(shown));
  expect(terms).toHaveLength(12);
  for (const shown of terms) expect(parseQueryLine(shown)).not.toEqual({});
});
