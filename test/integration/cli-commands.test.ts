import { afterAll, describe, expect, it } from 'vitest';
import { runCli } from '../support/capture-io.js';
import { formatExport, makeEvent, makeTestFolder } from '../support/write-export.js';

const folder = makeTestFolder();
afterAll(folder.remove);

const REQUEST = '3f2a9c5b7d1e4f60';
const EVIL = 'red\u001b[31m\u009b\u202e\nline';
// Not in time order: the second was recorded last but happened first.
const events = [
  makeEvent({ timestampNs: 2_000_000_000n, eventType: 'admission_result', durationNs: 0n }),
  makeEvent({ timestampNs: 3_500_000_000n, eventType: 'deadline_miss', severity: 'Error' }),
  makeEvent({ timestampNs: 2_500_000_000n, severity: 'Warning', modelId: 'model_b' }),
  makeEvent({ timestampNs: 1_000_000_000n, component: EVIL, requestId: EVIL, rationale: EVIL }),
];
const file = folder.write('trace.json', formatExport(events, { recorded: '7', dropped: '3' }));
const broken = folder.write('broken.json', formatExport(events).slice(0, -4));

function types(stdout: string): string[] {
  const { events: list } = JSON.parse(stdout) as { events: { event_type: string }[] };
  return list.map((event) => event.event_type);
}

describe('summary', () => {
  it('shows losses, groups, percentiles and busiest requests', async () => {
    const { exit, stdout, stderr } = await runCli(['summary', file]);
    expect([exit, stderr]).toEqual([0, '']);
    expect(stdout).toContain('events      4 of 7 recorded');
    expect(stdout).toContain('missing     3 dropped, 0 cleared, 0 drained');
    expect(stdout).toContain('from        2023-11-14T22:13:20.000000001Z');
    expect(stdout).toContain('(2.50 s)');
    expect(stdout).toContain('severities  Info 2, Warning 1, Error 1, Critical 0');
    expect(stdout).toMatch(/^Scheduler +deadline_miss +1 +0\.400 +45\.0 µs /m);
    expect(stdout).toMatch(/^Scheduler +admission_result +1 +0\.400 +- +- /m);
    expect(stdout).toContain('Busiest of 2 requests');
    expect(stdout).toMatch(/^3f2a9c5b7d1e4f60 +3$/m);
  });

  it('--json gives one document with exact integers', async () => {
    const { exit, stdout, stderr } = await runCli(['summary', file, '--json', '--top', '1']);
    expect([exit, stderr]).toEqual([0, '']);
    expect(stdout).toContain('"wall_ns":1700000000000000001');
    expect(JSON.parse(stdout)).toMatchObject({
      metadata: { recorded: 7, retained: 4, dropped: 3, format_version: 1 },
      events: 4,
      first_ns: 1_000_000_000,
      span_ns: 2_500_000_000,
      severities: { Info: 2, Warning: 1, Error: 1, Critical: 0 },
      requests: { count: 2, exact: true },
      busiest_requests: [{ request_id: REQUEST, events_min: 3, events_max: 3 }],
    });
  });

  it('says little of an empty export', async () => {
    const empty = folder.write('empty.json', formatExport([]));
    expect((await runCli(['summary', empty])).stdout).toContain('events      0 of 0 recorded');
    expect(JSON.parse((await runCli(['summary', empty, '--json'])).stdout)).toMatchObject({
      events: 0,
      groups: [],
    });
  });
});

describe('query', () => {
  it('lists all events in time order, the count on stderr', async () => {
    const { exit, stdout, stderr } = await runCli(['query', file]);
    expect([exit, stderr]).toEqual([0, '4 of 4 events\n']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(5);
    expect(lines[0]).toMatch(/^TIME +SEVERITY +COMPONENT .* RATIONALE$/);
    expect(lines[2]).toMatch(/^2023-11-14T22:13:21\.000000001Z +Info +Scheduler +admission_result/);
    expect(lines[4]).toMatch(/22\.500000001Z +Error .* 45\.0 µs +Selected model_a/);
  });

  it.each([
    [
      ['--component', 'Scheduler'],
      ['admission_result', 'scheduling_decision', 'deadline_miss'],
    ],
    [['--type', 'deadline_miss'], ['deadline_miss']],
    [['--model', 'model_b'], ['scheduling_decision']],
    [
      ['--min-severity', 'warning'],
      ['scheduling_decision', 'deadline_miss'],
    ],
    [['--request', REQUEST, '--limit', '1'], ['admission_result']],
    [['--limit', '0'], []],
    [
      ['--from', '2500000000'],
      ['scheduling_decision', 'deadline_miss'],
    ],
    [
      ['--from', '-1', '--to', '2000000000'],
      ['scheduling_decision', 'admission_result'],
    ],
    [
      ['--from', '+1s', '--to', '+1500ms'],
      ['admission_result', 'scheduling_decision'],
    ],
    [['--from', '2023-11-14T22:13:21.500000002Z'], ['deadline_miss']],
    [['--to', '2023-11-14T23:13:20.000000001+01:00'], ['scheduling_decision']],
    [['--model', 'none'], []],
    [['--where', 'status:ERR'], ['deadline_miss']],
    [['--where', 'type:admission*,deadline_miss -status:ERR'], ['admission_result']],
    [['--where', 'severity>=warning', '--model', 'model_b'], ['scheduling_decision']],
    [
      ['--where', ''],
      ['scheduling_decision', 'admission_result', 'scheduling_decision', 'deadline_miss'],
    ],
  ])('%j', async (options, expected) => {
    const { exit, stdout } = await runCli(['query', file, ...options, '--json']);
    expect(exit).toBe(0);
    expect(types(stdout)).toEqual(expected);
  });

  it('C11: --json gives the events as the file has them', async () => {
    const exact = makeEvent({ timestampNs: 2n ** 63n - 1n, durationNs: -(2n ** 53n) - 1n });
    const path = folder.write('exact.json', formatExport([exact]));
    const { stdout } = await runCli(['query', path, '--json']);
    expect(stdout).toContain('"timestamp_ns":9223372036854775807,"duration_ns":-9007199254740993');
    expect(JSON.parse(stdout)).toMatchObject({ count: 1 });
  });
});

describe('chain', () => {
  it('shows a timeline with offsets, rationales and what is missing', async () => {
    const { exit, stdout, stderr } = await runCli(['chain', file, REQUEST]);
    expect(exit).toBe(0);
    expect(stdout.split('\n')).toEqual([
      `Request ${REQUEST}, from 2023-11-14T22:13:21.000000001Z`,
      '       +0 ns  Scheduler  admission_result  model_a',
      '              Selected model_a: earliest deadline',
      '              utilisation=0.85',
      '     +500 ms  Scheduler  scheduling_decision  model_b  took 45.0 µs  Warning',
      '              Selected model_a: earliest deadline',
      '              utilisation=0.85',
      '     +1.50 s  Scheduler  deadline_miss  model_a  took 45.0 µs  Error',
      '              Selected model_a: earliest deadline',
      '              utilisation=0.85',
      '3 events in 1.50 s',
      '',
    ]);
    expect(stderr).toMatch(/^3 older events are not in this file/);
  });

  it('--json', async () => {
    const { stdout } = await runCli(['chain', file, REQUEST, '--json']);
    expect(types(stdout)).toEqual(['admission_result', 'scheduling_decision', 'deadline_miss']);
    expect(JSON.parse(stdout)).toMatchObject({ request_id: REQUEST, count: 3 });
  });

  it('exits 1 when there is none', async () => {
    const human = await runCli(['chain', file, 'nobody']);
    expect([human.exit, human.stdout]).toEqual([1, '']);
    expect(human.stderr).toContain('no event of request nobody in ');
    const json = await runCli(['chain', file, 'nobody', '--json']);
    expect(json.exit).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({ request_id: 'nobody', events: [], count: 0 });
  });
});

describe('validate', () => {
  it('exits 0 for a valid export', async () => {
    const { exit, stdout, stderr } = await runCli(['validate', file]);
    expect([exit, stdout, stderr]).toEqual([0, `${file}: valid, 4 events\n`, '']);
  });

  it('exits 1 for an invalid one, listing why', async () => {
    const { exit, stdout, stderr } = await runCli(['validate', broken]);
    expect([exit, stderr]).toEqual([1, '']);
    expect(stdout).toMatch(/byte \d+: expected ',' or '\]'; got the end of the file/);
    expect(stdout).toContain('invalid, 1 problem, 4 events read');
  });

  it('--json', async () => {
    const { exit, stdout } = await runCli(['validate', broken, '--json']);
    expect(exit).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      valid: false,
      events: 4,
      metadata: { pid: 123 },
      problem_count: 1,
      problems: [{ path: '' }],
    });
  });

  it('says how many it does not list', async () => {
    const many = formatExport(Array.from({ length: 120 }, () => makeEvent()));
    const path = folder.write('many.json', many.replaceAll('"Info"', '"info"'));
    expect((await runCli(['validate', path])).stdout).toContain('… and 20 more');
  });
});

describe('exit 2', () => {
  it.each([
    [[], /Usage: aegis-trace/],
    [['frobnicate'], /unknown command 'frobnicate'/],
    [['summary'], /missing required argument 'file'/],
    [['summary', file, 'more'], /too many arguments/],
    [['query', file, '--nope'], /unknown option '--nope'/],
    [['query', file, '--min-severity', 'Fatal'], /must be one of Info, Warning, Error, Critical/],
    [['query', file, '--limit', '-1'], /whole number/],
    [['query', file, '--limit', '1e3'], /whole number/],
    [['query', file, '--from', 'noon'], /--from must be .* got "noon".*ERR_TRACE_OPTION/],
    [['query', file, '--from', '2', '--to', '1'], /start must not be after end.*ERR_TRACE_QUERY/],
    [
      ['query', file, '--where', 'status:ERR dur>5 timeout'],
      /^ {2}status:ERR dur>5 timeout\n {2} {15}\^\n.*unit of ns, .* at character 16 of .*ERR_TRACE_QUERY/,
    ],
    [['query', file, '--where', `"${EVIL}" x:1`], /red\\x1b.*\n +\^\n.*there is no field x/],
    [
      ['query', file, '--where', 'model:a', '--model', 'b'],
      /--where and an option of its own both say which modelId: .*ERR_TRACE_OPTION/,
    ],
    [['chain', file, ''], /REQUEST_ID must be/],
    [['summary', folder.path], /must be a regular file.*ERR_TRACE_FILE/],
    [['validate', 'none.json'], /could not be opened.*ERR_TRACE_FILE/],
    [['summary', broken], /got the end of the file.*ERR_TRACE_FORMAT/],
    [['query', broken, '--json'], /ERR_TRACE_FORMAT/],
    [['chain', broken, REQUEST], /ERR_TRACE_FORMAT/],
    [['summary', EVIL], /red\\x1b\[31m\\x9b\\u202e\\nline could not be opened/],
    [[EVIL], /unknown command 'red\\x1b/],
  ])('%j', async (argv, message) => {
    const { exit, stdout, stderr } = await runCli(argv);
    expect([exit, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });
});

it('gives help and version on stdout, exit 0', async () => {
  const help = await runCli(['--help']);
  expect([help.exit, help.stderr]).toEqual([0, '']);
  expect(help.stdout).toMatch(/summary.*query.*chain.*validate.*Exit: 0/s);
  expect((await runCli(['query', '--help'])).stdout).toContain(
    'after the earliest event, before the latest',
  );
  expect((await runCli(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

it.each([
  ['summary', file],
  ['query', file],
  ['chain', file, EVIL],
  ['query', file, '--json'],
  ['summary', file, '--json'],
  ['chain', file, EVIL, '--json'],
])('lets no control character of the data through: %s', async (...argv) => {
  const { exit, stdout, stderr } = await runCli(argv);
  expect(exit).toBe(0);
  expect(stdout).toMatch(/red\\(x1b|u001b)\[31m\\(x9b|u009b)\\u202e\\nline/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
});

it('colours a terminal only, and not with NO_COLOR', async () => {
  const coloured = async (options: Parameters<typeof runCli>[1]) =>
    (await runCli(['query', file], options)).stdout.includes('\u001b[');
  expect(await coloured({ tty: true })).toBe(true);
  expect(await coloured({ tty: true, env: { NO_COLOR: '' } })).toBe(true);
  expect(await coloured({ tty: true, env: { NO_COLOR: '1' } })).toBe(false);
  expect(await coloured({ tty: true, env: { TERM: 'dumb' } })).toBe(false);
  expect(await coloured({})).toBe(false);
});
