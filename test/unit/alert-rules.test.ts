import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { sqlProblem } from '../../src/alerts/check-sql.js';
import { readRules } from '../../src/alerts/read-rules.js';

const read = (text: string) => readRules(parse(text), text, 'alerts.toml');

/** As the first description of the product has it. */
const FOUNDING = `
[alerts]
check_interval_seconds = 15

[[alerts.rule]]
name = "high_error_rate"
query = "SELECT COUNT(*) FROM process_trace WHERE status='ERR' AND ts > datetime('now', '-5 minutes')"
threshold = 10
action = "log"
`;

describe('the file of rules', () => {
  it('has a rule as the first description of the product writes it', () => {
    expect(read(FOUNDING)).toEqual({
      checkIntervalMs: 15_000,
      rules: [
        {
          name: 'high_error_rate',
          query: {
            sql: "SELECT COUNT(*) FROM process_trace WHERE status='ERR' AND ts > datetime('now', '-5 minutes')",
          },
          threshold: 10,
          forMs: 0,
          keepFiringForMs: 0,
          noData: 'inactive',
          onError: 'error',
          actions: ['log'],
          severity: 'warning',
          labels: {},
          description: '',
          repeatMs: 14_400_000,
          requests: undefined,
        },
      ],
    });
  });

  it('has everything that a rule may say', () => {
    const text = `
[[alerts.rule]]
name = "slow_gpu"
where = 'process:gpu.* dur>5ms'
window = "90s"
threshold = 2.5
for = "2m"
keep_firing_for = "5m"
no_data = "firing"
on_error = "keep"
action = ["event", "heat", "event"]
severity = "critical"
labels = { team = "scheduling", tier = "1" }
description = "{value} slow calls"
repeat = "1h"
requests = "SELECT request_id FROM process_trace"
`;
    expect(read(text).rules[0]).toMatchObject({
      query: { where: 'process:gpu.* dur>5ms', windowMs: 90_000 },
      threshold: 2.5,
      forMs: 120_000,
      keepFiringForMs: 300_000,
      noData: 'firing',
      onError: 'keep',
      actions: ['event', 'heat'],
      severity: 'critical',
      labels: { team: 'scheduling', tier: '1' },
      repeatMs: 3_600_000,
      requests: 'SELECT request_id FROM process_trace',
    });
    expect(read('').rules).toEqual([]);
  });

  const rule = (...lines: string[]): string =>
    ['[[alerts.rule]]', 'name = "a"', 'query = "SELECT 1"', 'threshold = 1', ...lines].join('\n');

  it.each<[string, string, string]>([
    ['a key that is misspelt', rule('treshold = 2'), 'line 5: a key of a rule must be one of name'],
    ['no name', '[[alerts.rule]]\nquery = "SELECT 1"', 'line 1: name must be letters'],
    ['a name with a space', rule().replace('"a"', '"a b"'), 'line 2: name must be letters'],
    ['two of one name', `${rule()}\n${rule()}`, 'line 6: name must be unlike'],
    ['no threshold', '[[alerts.rule]]\nname = "a"\nquery = "SELECT 1"', 'line 1: threshold must'],
    ['a threshold of text', rule().replace('= 1', '= "1"'), 'line 4: threshold must be a number'],
    ['a duration without a unit', rule('for = "5"'), 'line 5: for must be a duration'],
    ['a duration of a number', rule('for = 5'), 'line 5: for must be a duration'],
    ['a repeat of a second', rule('repeat = "1s"'), 'line 5: repeat must be a duration'],
    ['another action', rule('action = "page"'), 'line 5: action must be one or more of log, event'],
    ['no action', rule('action = []'), 'line 5: action must be one or more of'],
    ['another severity', rule('severity = "bad"'), 'line 5: severity must be one of'],
    ['both questions', rule('where = "status:ERR"'), 'line 2: a rule must have query'],
    ['a window of SQL', rule('window = "5m"'), 'line 5: window goes with where'],
    [
      'a bad query line',
      rule().replace('query = "SELECT 1"', 'where = "dur>"'),
      'line 3: where must',
    ],
    [
      'SQL that writes',
      rule().replace('SELECT 1', 'DELETE FROM event'),
      'line 3: query must be SQL',
    ],
    ['labels that are no texts', rule('labels = { a = 1 }'), 'line 5: labels must be names with'],
    [
      'no list of rules',
      '[alerts]\nrule = 5',
      'line 2: [[alerts.rule]] must be at most 1000 tables',
    ],
    [
      'an interval of nothing',
      '[alerts]\ncheck_interval_seconds = 0',
      'line 2: check_interval_seconds',
    ],
    ['another key', '[alerts]\ninterval = 5', 'line 2: a key of alerts must be one of'],
    ['rules that are a text', 'alerts = "on"', 'line 1: alerts must be a table'],
  ])('does not start with %s', (_, text, message) => {
    expect(() => read(text)).toThrow(`alerts.toml, ${message}`);
  });
});

describe('the SQL of a rule', () => {
  it.each([
    'SELECT 1',
    'select count(*) from process_trace;',
    ' WITH slow AS (SELECT * FROM process_trace) SELECT count(*) FROM slow -- DELETE\n;',
    "SELECT count(*) FROM data_trace WHERE data_value = 'DROP TABLE; ATTACH'",
    'SELECT "update" FROM process_trace',
    "SELECT replace(process, 'a', 'b'), 1 /* ; VACUUM */ FROM process_trace",
    "SELECT count(*) FROM process_trace WHERE process = 'it''s'",
  ])('may be %s', (sql) => expect(sqlProblem(sql)).toBeUndefined());

  it.each<[string, RegExp]>([
    ['', /empty/],
    ['  -- nothing\n ; ', /empty/],
    ["ATTACH '/etc/passwd' AS p", /begin with SELECT or WITH/],
    ['PRAGMA journal_mode = delete', /begin with SELECT or WITH/],
    ['EXPLAIN SELECT 1', /begin with SELECT or WITH/],
    ['VALUES (1)', /begin with SELECT or WITH/],
    ['SELECT 1; SELECT 2', /one statement/],
    ["SELECT 1; ATTACH 'x' AS y", /one statement/],
    ['SELECT 1;;', /one statement/],
    ['WITH x AS (SELECT 1) DELETE FROM event', /must not say DELETE/],
    ['WITH x AS (SELECT 1) INSERT INTO event SELECT * FROM x', /must not say INSERT/],
    ["SELECT load_extension('x')", /must not say LOAD_EXTENSION/],
    ["SELECT Load_Extension ('x')", /must not say LOAD_EXTENSION/],
    ["SELECT readfile('/etc/passwd')", /must not say READFILE/],
    ["SELECT writefile('/tmp/x', 'y')", /must not say WRITEFILE/],
    ['SELECT * FROM pragma_database_list', /must not say PRAGMA_DATABASE_LIST/],
    ['SELECT ?', /parameters, such as \?/],
    ['SELECT :name', /parameters, such as :NAME/],
    ['SELECT @name', /parameters/],
    ['SELECT $name', /parameters/],
    ["SELECT 'no end", /no end/],
    ['SELECT "no end', /no end/],
    ['SELECT [no end', /no end/],
    ['SELECT `no end', /no end/],
    ["SELECT 'it''", /no end/],
    ['SELECT 1 /* no end ; VACUUM', /^$/],
    ['SELECT\0 1', /NUL/],
  ])('may not be %j', (sql, problem) => {
    const found = sqlProblem(sql);
    // A comment without an end is one to SQLite as well: nothing comes after it.
    if (problem.source === '^$') expect(found).toBeUndefined();
    else expect(found).toMatch(problem);
  });
});

describe('where notifications go', () => {
  const TARGETS = `
[alerts]
url = "https://hub.example"
[alerts.webhook]
url = "https://receiver.example/hook"
secret_file = "secret"
[alerts.alertmanager]
url = "http://127.0.0.1:9093"
`;

  it('is said once for all rules', () => {
    expect(read(TARGETS)).toMatchObject({
      url: 'https://hub.example',
      webhook: { url: 'https://receiver.example/hook', secretFile: 'secret' },
      alertmanagerUrl: 'http://127.0.0.1:9093',
    });
  });

  it.each([
    ['https://receiver', 'file://receiver', /line 4: url must begin with http/],
    [
      'secret_file = "secret"',
      'secret = "x"',
      /line 6: a key of \[alerts.webhook\] must be one of/,
    ],
    ['secret_file = "secret"', 'secret_file = 1', /line 6: secret_file must be a file name/],
    ['"http://127.0.0.1:9093"', '9093', /line 7: url must begin with http/],
    ['"https://hub.example"', '"hub"', /line 3: url must begin with http/],
  ])('%s → %s is refused', (from, to, message) => {
    expect(() => read(TARGETS.replace(from, to))).toThrow(message);
  });

  it.each([
    ['webhook', 'needs url in [alerts.webhook]'],
    ['alertmanager', 'needs url in [alerts.alertmanager]'],
    ['heat', 'needs requests'],
  ])('the action %s that has nowhere to go is refused', (action, message) => {
    const rule = `[[alerts.rule]]\nname = "a"\nquery = "SELECT 1"\nthreshold = 1\naction = "${action}"`;
    expect(() => read(rule)).toThrow(`line 5: the action ${action} ${message}; got undefined`);
  });
});
