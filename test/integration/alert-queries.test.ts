// The SQL of rules in its own process, and the commands that try rules before they are needed.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import type { RuleQuery } from '../../src/alerts/alert-rule.js';
import { DIST_URL, runProcess } from '../support/child.js';
import { makeEvents, makeRun, WALL_NS } from '../support/recorded-events.js';
import { makeStoreFolder, openStore } from '../support/store-folder.js';

const { QueryRunner } = (await import(
  new URL('alerts/query-runner.js', DIST_URL).href
)) as typeof import('../../src/alerts/query-runner.js');

const MAIN = fileURLToPath(new URL('cli/main.js', DIST_URL));
/** The command, which starts a process that is a file of the built package. */
const runAlerts = (...args: string[]) => runProcess(process.execPath, [MAIN, 'alerts', ...args]);

const WALL_MS = Number(WALL_NS / 1_000_000n);
const sql = (text: string): RuleQuery => ({ sql: text });

/** A database with 60 events, a minute apart; each third one is an error. */
async function openDatabase(): Promise<{ folder: string; path: string }> {
  const folder = makeStoreFolder();
  const { store, path } = await openStore({ path: join(folder, 'observability.db') });
  await store.append(
    makeRun(),
    makeEvents(60, (index) => ({
      ms: index * 60_000,
      severity: index % 3 === 0 ? 'Error' : 'Info',
      requestId: `r-${index}`,
      component: index < 30 ? 'gpu.run' : 'cpu.run',
    })),
  );
  await store.close();
  return { folder, path };
}

async function openRunner(path: string, timeoutMs?: number) {
  const runner = new QueryRunner(path, timeoutMs);
  onTestFinished(() => runner.close());
  return runner;
}

it('R1: the first number counts; no row and NULL are no data; a text is an error', async () => {
  const { path } = await openDatabase();
  const runner = await openRunner(path);
  const see = (text: string) => runner.observe(sql(text));
  expect(await see('SELECT count(*) FROM process_trace')).toEqual({ kind: 'value', value: 60 });
  expect(await see("SELECT count(*) FROM process_trace WHERE status = 'ERR';")).toEqual({
    kind: 'value',
    value: 20,
  });
  expect(await see('SELECT 2.5, 7')).toEqual({ kind: 'value', value: 2.5 });
  expect(await see("SELECT '12'")).toEqual({ kind: 'value', value: 12 });
  expect(await see('SELECT max(duration_ms) FROM process_trace WHERE 0')).toEqual({
    kind: 'no_data',
  });
  expect(await see('SELECT 1 WHERE 0')).toEqual({ kind: 'no_data' });
  expect(await see("SELECT 'many'")).toMatchObject({ kind: 'error' });
  expect(await see('SELECT missing FROM nowhere')).toMatchObject({
    kind: 'error',
    message: expect.stringContaining('no such table: nowhere'),
  });
  // One that fails does not keep the next one from its answer.
  expect(await see('SELECT 1')).toEqual({ kind: 'value', value: 1 });
});

it('R1: a query that never ends is stopped, and the next one is answered', async () => {
  const { path } = await openDatabase();
  const runner = await openRunner(path, 500);
  await runner.observe(sql('SELECT 1')); // the process is there
  const endless =
    'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n';
  const [stopped, next] = await Promise.all([
    runner.observe(sql(endless)),
    runner.observe(sql('SELECT 5')),
  ]);
  expect(stopped).toEqual({ kind: 'error', message: 'it took longer than 0.5 s, and was stopped' });
  expect(next).toEqual({ kind: 'value', value: 5 });
});

it.each([
  "ATTACH '/etc/passwd' AS other",
  "ATTACH DATABASE 'FOLDER/other.db' AS other",
  'DELETE FROM event',
  'UPDATE event SET rationale = 1',
  "INSERT INTO process VALUES (99, 'x')",
  'DROP VIEW process_trace',
  'CREATE TABLE x (y)',
  'CREATE TEMP TABLE x (y)',
  "VACUUM INTO 'FOLDER/other.db'",
  'PRAGMA journal_mode = delete',
  'PRAGMA writable_schema = 1',
  "SELECT load_extension('FOLDER/x')",
  "SELECT readfile('/etc/passwd')",
  "SELECT writefile('FOLDER/other.db', 'x')",
  "WITH x AS (SELECT 1) INSERT INTO process SELECT 99, 'x' FROM x",
])(
  'R1: SQL that would do more than read does nothing, past the check of its shape as well: %s',
  async (text) => {
    const { folder, path } = await openDatabase();
    const before = readFileSync(path);
    const runner = await openRunner(path);
    const seen = await runner.observe(sql(text.replaceAll('FOLDER', folder)));
    if (seen.kind !== 'error') expect(seen, 'it may say nothing').toEqual({ kind: 'no_data' });
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(existsSync(join(folder, 'other.db'))).toBe(false);
    expect(await runner.observe(sql('SELECT count(*) FROM process_trace'))).toEqual({
      kind: 'value',
      value: 60,
    });
    const others = await runner.observe(sql('SELECT count(*) FROM other.sqlite_master'));
    expect(others.kind).toBe('error');
  },
);

it('R3: what was is asked as it was: "now" is that time, and nothing later is there', async () => {
  const { path } = await openDatabase();
  const runner = await openRunner(path);
  const at = (minutes: number, query: RuleQuery) =>
    runner.observe(query, WALL_MS + minutes * 60_000 + 1);
  const all = sql('SELECT count(*) FROM process_trace');
  const recent = sql(
    "SELECT count(*) FROM process_trace WHERE ts > datetime('now', '-10 minutes')",
  );
  for (const [minutes, count] of [
    [-1, 0],
    [0, 1],
    [30, 31],
    [100, 60],
  ] as const) {
    expect(await at(minutes, all), `${minutes}`).toEqual({ kind: 'value', value: count });
  }
  // SQLite's datetime() has whole seconds, and the event of ten minutes ago is later in its own.
  expect(await at(30, recent)).toEqual({ kind: 'value', value: 11 });
  expect(await at(65, recent)).toEqual({ kind: 'value', value: 5 });
  for (const now of [
    "strftime('%s', 'now')",
    "strftime('%s')",
    'unixepoch()',
    "unixepoch('now')",
    "CAST((julianday('now') - 2440587.5) * 86400 AS INTEGER)",
    "unixepoch(datetime('NOW'))",
    "unixepoch(date('now') || ' ' || time('now'))",
  ]) {
    const seen = await at(30, sql(`SELECT CAST(${now} AS INTEGER)`));
    expect(seen, now).toEqual({ kind: 'value', value: Math.floor(WALL_MS / 1000) + 30 * 60 });
  }
  // Other times are as they are.
  expect(await at(30, sql("SELECT unixepoch('2000-01-01')"))).toEqual({
    kind: 'value',
    value: 946_684_800,
  });
  const where: RuleQuery = { where: 'status:ERR component:gpu.*', windowMs: 600_000 };
  expect(await at(30, where)).toEqual({ kind: 'value', value: 3 });
  expect(await at(65, where)).toEqual({ kind: 'value', value: 0 });
  expect(
    await runner.requests(
      "SELECT request_id FROM process_trace WHERE status = 'ERR'",
      WALL_MS + 200_000,
    ),
  ).toEqual(['r-0', 'r-3']);
});

const RULES = `
[alerts]
check_interval_seconds = 60

[[alerts.rule]]
name = "errors"
where = "status:ERR"
window = "10m"
threshold = 3
for = "2m"
severity = "critical"

[[alerts.rule]]
name = "nothing"
query = "SELECT count(*) FROM process_trace WHERE ts > datetime('now', '-5 minutes') AND process = 'none'"
threshold = 1
`;

it('R2: aegis-trace alerts check says what is wrong, and what each rule sees', async () => {
  const { folder, path } = await openDatabase();
  const file = join(folder, 'alerts.toml');
  writeFileSync(file, RULES);
  const run = (...args: string[]) => runAlerts('check', file, ...args);
  const tried = await run('--database', path);
  expect(tried.code).toBe(0);
  expect(tried.stdout).toMatch(/RULE +SEVERITY +NOW +THRESHOLD +IT/);
  expect(tried.stdout).toMatch(/errors +critical +0 +3 +is well/);
  const untried = await run('--database', join(folder, 'none.db'));
  expect(untried).toMatchObject({ code: 0, stdout: `${file}: 2 rules, each as it must be\n` });
  writeFileSync(file, RULES.replace('process = ', 'proces = '));
  const failing = await run('--database', path, '--json');
  expect(failing.code).toBe(1);
  expect(JSON.parse(failing.stdout)[1]).toMatchObject({
    name: 'nothing',
    kind: 'error',
    message: expect.stringContaining('no such column: proces'),
  });
  writeFileSync(file, RULES.replace('threshold = 3', 'treshold = 3'));
  const wrong = await run('--database', path);
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain(`${file}, line 9: a key of a rule must be one of name, query`);
});

it('R2: the rules of the examples are as they must be, and each has an answer', async () => {
  const { path } = await openDatabase();
  const file = fileURLToPath(new URL('../../examples/alerts.toml', import.meta.url));
  const { code, stdout } = await runAlerts('check', file, '--database', path, '--json');
  const seen = JSON.parse(stdout) as { name: string; kind: string }[];
  expect(seen.filter(({ kind }) => kind === 'error')).toEqual([]);
  expect([code, seen.length]).toEqual([0, 10]);
});

it('R3: aegis-trace alerts simulate says when rules would have fired', async () => {
  const { folder, path } = await openDatabase();
  const file = join(folder, 'alerts.toml');
  writeFileSync(file, RULES);
  const from = new Date(WALL_MS - 60_000).toISOString();
  const to = new Date(WALL_MS + 90 * 60_000).toISOString();
  const range = ['--from', from, '--to', to];
  const { code, stdout, stderr } = await runAlerts(
    'simulate',
    file,
    '--database',
    path,
    ...range,
    '--json',
  );
  expect(code, stderr).toBe(0);
  const changes = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  // Errors come each third minute, the last one at the 57th: three are in the last ten minutes from the sixth on.
  const minute = (number: number): string => new Date(WALL_MS + number * 60_000).toISOString();
  expect(changes).toEqual([
    { rule: 'errors', at: minute(6), from: 'inactive', to: 'pending', value: 3 },
    { rule: 'errors', at: minute(8), from: 'pending', to: 'firing', value: 3 },
    { rule: 'errors', at: minute(61), from: 'firing', to: 'inactive', value: 2 },
  ]);
  expect(stderr).toMatch(/2 rules, looked at 92 times each: \d+ changes/);
  const one = await runAlerts('simulate', file, '--database', path, '--rule', 'none');
  expect(one.stderr).toContain('--rule none: ');
});

it('R7: each rule of the examples stands where its tests say', async () => {
  const examples = fileURLToPath(new URL('../../examples/', import.meta.url));
  const { code, stdout, stderr } = await runAlerts('test', join(examples, 'alerts.test.toml'));
  expect(stdout, stderr).toMatch(/^11 passed, 0 failed$/m);
  expect(code).toBe(0);
  const rules = readFileSync(join(examples, 'alerts.toml'), 'utf8').matchAll(/^name = "(\w+)"$/gm);
  for (const [, name] of rules) expect(stdout).toMatch(new RegExp(`^ok {4}${name}: `, 'm'));
});

it('R7: a test that fails says what was expected and what came; one that cannot be read, where', async () => {
  const folder = makeStoreFolder();
  writeFileSync(join(folder, 'alerts.toml'), RULES);
  const file = join(folder, 'alerts.test.toml');
  const text = `rules = "alerts.toml"

[[case]]
rule = "errors"
name = "two are too few"
events = [{ at = "1m", count = 2, every = "1m", severity = "Error" }]
expect = [{ at = "5m", state = "firing", value = 3 }]
`;
  writeFileSync(file, text);
  const failing = await runAlerts('test', file);
  expect(failing.code).toBe(1);
  expect(failing.stdout).toBe(
    `FAIL  errors: two are too few
      after 300 s: expected firing with 3; it is inactive with 2
0 passed, 1 failed
`,
  );
  writeFileSync(file, text.replace('"errors"', '"erors"'));
  expect((await runAlerts('test', file)).stderr).toContain('has no rule erors');
  for (const [from, to, expectation] of [
    ['count = 2', 'counts = 2', /line \d+: a key of events must be one of at, every/],
    ['"5m", state', '5, state', /line \d+: at must be a duration/],
    ['"firing"', '"fires"', /line \d+: state must be one of inactive, pending, firing, error/],
    ['severity = "Error"', 'severity = "bad"', /severity must be one of Info, Warning/],
    ['rules = "alerts.toml"', '', /line 1: rules must be the file of the rules/],
  ] as const) {
    writeFileSync(file, text.replace(from, to));
    const wrong = await runAlerts('test', file);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toMatch(expectation);
  }
});
