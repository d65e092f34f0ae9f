// Rules that a hub runs, and those who are told: real receivers, real processes that are killed.
import { createHmac } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { DIST_URL, runProcess } from '../support/child.js';
import { DebianServer, freePort, requireProgram } from '../support/debian-server.js';
import { eventually } from '../support/eventually.js';
import { KEYS, makeHubFolder, startTestHub, type TestHub } from '../support/hub.js';
import { HubProcess, keyIn, post } from '../support/hub-process.js';
import { Receiver } from '../support/receiver.js';

const ERRORS = `
[[alerts.rule]]
name = "errors"
query = "SELECT count(*) FROM process_trace WHERE status = 'ERR' AND ts > datetime('now', '-5 minutes')"
threshold = 3
severity = "critical"
labels = { team = "payments" }
description = "{value} errors"
requests = "SELECT DISTINCT request_id FROM process_trace WHERE status = 'ERR' AND request_id <> ''"
`;

const rulesOf = (head: string, rules: string): string =>
  `[alerts]\ncheck_interval_seconds = 1\n${head}\n${rules}`;

function writeRules(text: string, folder = makeHubFolder()): string {
  const file = join(folder, 'alerts.toml');
  // As an editor does it: never half of it.
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
  return file;
}

/** Entries of older clients, of which each is an error of a request. */
const errors = (count: number, from = 0): string =>
  JSON.stringify(
    Array.from({ length: count }, (_, index) => ({
      correlation_id: `r-${from + index}`,
      source_id: 'checkout',
      endpoint: 'pay',
      status: 'ERR',
      timestamp: new Date().toISOString(),
    })),
  );

async function alertIn(hub: TestHub, name = 'errors') {
  const { json } = await hub.get('/alerts');
  return json.items.find((item: { name: string }) => item.name === name);
}

it('R5: a rule fires over what was sent, is recorded of its requests, and makes them HOT', async () => {
  const alerts = writeRules(rulesOf('', `${ERRORS}action = ["log", "event", "heat"]`));
  const hub = await startTestHub({ alerts });
  await eventually(async () => expect(await alertIn(hub)).toMatchObject({ value: 0 }));
  expect(await alertIn(hub)).toMatchObject({ state: 'inactive', history: [], requests: [] });
  expect((await hub.post(errors(3))).status).toBe(200);
  await eventually(async () => expect(await alertIn(hub)).toMatchObject({ state: 'firing' }));
  expect(await alertIn(hub)).toMatchObject({
    phase: 'firing',
    value: 3,
    threshold: 3,
    severity: 'critical',
    description: '3 errors',
    labels: { team: 'payments' },
    requests: ['r-0', 'r-1', 'r-2'],
    history: [{ from: 'inactive', to: 'firing', value: 3 }],
  });
  await eventually(async () => {
    const { json } = await hub.get('/recent?component=aegis.alerts&order=oldest');
    expect(json.items.map((item: { request_id: string }) => item.request_id)).toEqual([
      '',
      'r-0',
      'r-1',
      'r-2',
    ]);
    // An error among what it records would be counted by the rule itself.
    expect(json.items[0]).toMatchObject({
      event_type: 'alert_firing',
      severity: 'Warning',
      attributes: { rule: 'errors', severity: 'critical', value: '3', threshold: '3' },
    });
  });
  await eventually(async () => {
    const { items } = (await hub.get('/tracing/status')).json;
    const causes = items.map(({ id, cause }: { id: string; cause: string }) => `${id} ${cause}`);
    expect(causes.sort()).toEqual(['r-0 alert', 'r-1 alert', 'r-2 alert']);
  });
  const { json: chain } = await hub.get('/traces/r-1');
  const types = chain.items.map((item: { event_type: string }) => item.event_type);
  expect(types).toContain('alert_firing');
  expect(hub.notices).toContain(
    'alert errors is firing: 3 (threshold 3); 3 errors; requests r-0, r-1, r-2',
  );
  const { text } = await hub.get('/metrics');
  expect(text).toMatch(/^aegis_trace_hub_alert_rules 1$/m);
  expect(text).toMatch(/^aegis_trace_hub_alert_rules_firing 1$/m);
  expect(text).toMatch(/^aegis_trace_hub_alert_notices_waiting 0$/m);
});

it('R5: a hub without rules says so', async () => {
  const hub = await startTestHub();
  const { json } = await hub.get('/alerts');
  expect(json).toEqual({ check_interval_seconds: 0, notices_waiting: 0, items: [] });
});

it('R5: a rule is silenced by whoever may, and simulated over what there is', async () => {
  const hub = await startTestHub({ alerts: writeRules(rulesOf('', ERRORS)) });
  const silence = (name: string, seconds: number, key: string) =>
    hub.fetch(`/alerts/${name}/silence`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ seconds }),
      key,
    });
  expect((await silence('errors', 60, KEYS.read)).status).toBe(403);
  expect((await silence('none', 60, KEYS.admin)).status).toBe(404);
  expect((await silence('errors', -1, KEYS.admin)).status).toBe(400);
  const { json } = await silence('errors', 3600, KEYS.admin);
  expect(json).toMatchObject({ state: 'silenced', phase: 'inactive' });
  expect(Date.parse(json.silenced_until) - Date.now()).toBeGreaterThan(3_500_000);
  await hub.post(errors(3));
  await eventually(async () => expect(await alertIn(hub)).toMatchObject({ phase: 'firing' }));
  expect(await alertIn(hub)).toMatchObject({ state: 'silenced' });
  expect(hub.notices).toEqual([]);
  await silence('errors', 0, KEYS.admin);
  await eventually(async () => expect(hub.notices).toHaveLength(1));

  const simulate = (body: object) =>
    hub.fetch('/alerts/errors/simulate', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      key: KEYS.read,
    });
  const at = (ms: number): string => new Date(Date.now() + ms).toISOString();
  const { json: simulated } = await simulate({ from: at(-60_000) });
  expect(simulated.changes).toMatchObject([{ from: 'inactive', to: 'firing', value: 3 }]);
  expect((await simulate({ from: at(60_000) })).json.detail).toBe('from must not be after to');
  // Over a long time it looks less often.
  const { json: long } = await simulate({ from: at(-86_400_000) });
  expect(long).toMatchObject({
    step_seconds: expect.closeTo(14.4, 2),
    changes: [{ to: 'firing' }],
  });
  expect((await simulate({ since: 'then' })).status).toBe(400);
});

it('R5: a query that never ends is stopped, and neither other rules nor those who send wait for it', async () => {
  const endless = `
[[alerts.rule]]
name = "endless"
query = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
threshold = 1
`;
  const hub = await startTestHub({ alerts: writeRules(rulesOf('', `${ERRORS}${endless}`)) });
  await hub.post(errors(3));
  await eventually(async () => {
    expect(await alertIn(hub, 'endless')).toMatchObject({
      state: 'error',
      error: 'it took longer than 2 s, and was stopped',
    });
    expect(await alertIn(hub)).toMatchObject({ state: 'firing' });
  });
  expect((await hub.post(errors(1, 3))).status).toBe(200);
});

it('R5: a file that is not as it must be stops the start, and changes nothing later', async () => {
  const folder = makeHubFolder();
  const wrong = ERRORS.replace('threshold', 'treshold');
  await expect(startTestHub({ alerts: writeRules(wrong, folder) })).rejects.toThrow(
    /alerts\.toml, line 5: a key of a rule must be one of name, query/,
  );
  const file = writeRules(rulesOf('', ERRORS), folder);
  const hub = await startTestHub({ alerts: file });
  await hub.post(errors(3));
  await eventually(async () => expect(await alertIn(hub)).toMatchObject({ state: 'firing' }));
  writeRules(wrong, folder);
  await eventually(async () => {
    const { json } = await hub.get('/alerts');
    expect(json.problem).toContain('line 5');
    expect(json.items).toHaveLength(1);
  });
  expect(hub.notices.at(-1)).toContain('the rules stay as they were: ');
  // It goes on where it stood.
  writeRules(rulesOf('', ERRORS.replace('threshold = 3', 'threshold = 2')), folder);
  await eventually(async () => {
    const { json } = await hub.get('/alerts');
    expect(json.problem).toBeUndefined();
    expect(json.items[0]).toMatchObject({ threshold: 2, state: 'firing' });
  });
  expect((await alertIn(hub)).history).toHaveLength(1);
});

it('R6: a webhook has the form of an Alertmanager, is named and signed', async () => {
  const folder = makeHubFolder();
  writeFileSync(join(folder, 'secret'), 'a secret of the tests\n');
  const receiver = await new Receiver().open();
  const head = `url = "https://hub.example/"
[alerts.webhook]
url = "${receiver.url}/hook?token=x"
secret_file = "secret"`;
  const alerts = writeRules(rulesOf(head, `${ERRORS}action = "webhook"`), folder);
  const hub = await startTestHub({ alerts });
  await hub.post(errors(3));
  await eventually(() => expect(receiver.received).toHaveLength(1));
  const [{ path, headers, text, json }] = receiver.received as [(typeof receiver.received)[0]];
  expect(path).toBe('/hook?token=x');
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${text}`;
  const mac = createHmac('sha256', 'a secret of the tests').update(signed).digest('base64');
  expect(headers['webhook-signature']).toBe(`v1,${mac}`);
  expect(json).toMatchObject({
    version: '4',
    status: 'firing',
    groupKey: '{}:{alertname="errors"}',
    externalURL: 'https://hub.example/',
    alerts: [
      {
        status: 'firing',
        labels: { alertname: 'errors', severity: 'critical', team: 'payments' },
        annotations: {
          description: '3 errors',
          value: '3',
          threshold: '3',
          requests: 'r-0 r-1 r-2',
        },
        generatorURL: 'https://hub.example/ui/alerts?rule=errors',
      },
    ],
  });
});

it('R6: a receiver that fails is tried again, one that refuses is not, and none leads elsewhere', async () => {
  const receiver = await new Receiver().open();
  const other = await new Receiver().open();
  const answers: ((response: ServerResponse) => void)[] = [
    (response) => response.writeHead(503).end(),
    (response) => response.destroy(),
    // An answer that never ends is not waited for.
    (response) => response.writeHead(200).write('x'.repeat(100_000)),
  ];
  receiver.answer = (response) => (answers.shift() ?? ((last) => last.end()))(response);
  const head = `[alerts.webhook]\nurl = "${receiver.url}"`;
  const folder = makeHubFolder();
  const alerts = writeRules(rulesOf(head, `${ERRORS}action = "webhook"`), folder);
  const hub = await startTestHub({ alerts });
  await hub.post(errors(3));
  await eventually(() => expect(receiver.received).toHaveLength(3));
  const ids = receiver.received.map(({ headers }) => headers['webhook-id']);
  expect(new Set(ids).size).toBe(1);
  expect(hub.notices).toEqual([
    `the webhook of alert errors: ${receiver.url} answered 503; it is tried again`,
  ]);
  await eventually(async () => expect((await hub.get('/alerts')).json.notices_waiting).toBe(0));

  receiver.answer = (response) => response.writeHead(302, { location: other.url }).end();
  writeRules(rulesOf(head, `${ERRORS.replace('"errors"', '"more"')}action = "webhook"`), folder);
  await eventually(() =>
    expect(hub.notices).toContain(
      `the webhook of alert more is given up: ${receiver.url} answered 302`,
    ),
  );
  expect(other.received).toEqual([]);
  const { text } = await hub.get('/metrics');
  // Also that the first rule, which is gone, is over.
  expect(text).toMatch(/^aegis_trace_hub_alert_notices_given_up_total 2$/m);
});

it('R4: a hub that is killed before its receiver has answered tells it again, and then no more', async () => {
  const folder = makeHubFolder();
  const receiver = await new Receiver().open();
  receiver.answer = () => undefined;
  const head = `[alerts.webhook]\nurl = "${receiver.url}"`;
  const alerts = writeRules(rulesOf(head, `${ERRORS}action = "webhook"`), folder);
  const args = ['--port', '0', '--alerts', alerts];
  const first = new HubProcess(folder, args);
  await post(await first.url(), keyIn(folder, 'ingest'), errors(3));
  await eventually(() => expect(receiver.received).toHaveLength(1));
  first.child.kill('SIGKILL');
  await first.ended;

  receiver.answer = (response) => response.end();
  const second = new HubProcess(folder, args);
  const url = await second.url();
  await eventually(() => expect(receiver.received).toHaveLength(2));
  const [one, two] = receiver.received;
  expect(two?.headers['webhook-id']).toBe(one?.headers['webhook-id']);
  expect(two?.text).toBe(one?.text);
  const waiting = async (from: string): Promise<number> => {
    const headers = { authorization: `Bearer ${keyIn(folder, 'read')}` };
    const answer = (await (await fetch(`${from}/alerts`, { headers })).json()) as {
      notices_waiting: number;
    };
    return answer.notices_waiting;
  };
  await eventually(async () => expect(await waiting(url)).toBe(0));
  // That it was told is kept after the answer: the next commit has it.
  await post(url, keyIn(folder, 'ingest'), errors(1, 3));
  second.child.kill('SIGKILL');
  await second.ended;

  const third = new HubProcess(folder, args);
  await third.url();
  await eventually(async () => {
    const headers = { authorization: `Bearer ${keyIn(folder, 'read')}` };
    const { items, looked_at } = (await (
      await fetch(`${await third.url()}/alerts`, { headers })
    ).json()) as { items: { phase: string }[]; looked_at?: string };
    expect(looked_at).toBeDefined();
    expect(items[0]?.phase).toBe('firing');
  });
  expect(receiver.received).toHaveLength(2);
});

it('R5: aegis-trace alerts list shows where the rules of a hub stand, alerts silence has nobody told', async () => {
  const hub = await startTestHub({ alerts: writeRules(rulesOf('', ERRORS)) });
  const main = fileURLToPath(new URL('cli/main.js', DIST_URL));
  const run = (args: readonly string[], key: string) =>
    runProcess(process.execPath, [main, 'alerts', ...args, '--hub', hub.hub.url], {
      AEGIS_HUB_KEY: key,
    });
  await eventually(async () => expect(await alertIn(hub)).toMatchObject({ value: 0 }));
  const well = await run(['list'], KEYS.read);
  expect(well.code, well.stderr).toBe(0);
  expect(well.stdout).toMatch(/RULE +SEVERITY +STATE +SINCE +VALUE +THRESHOLD +WHAT/);
  expect(well.stdout).toMatch(/errors +critical +inactive +\S+Z +0 +3 +0 errors/);
  await hub.post(errors(3));
  await eventually(async () => expect(await alertIn(hub)).toMatchObject({ state: 'firing' }));
  const firing = await run(['list', '--json'], KEYS.read);
  expect(firing.code).toBe(1);
  expect(JSON.parse(firing.stdout).items[0]).toMatchObject({ name: 'errors', state: 'firing' });
  const silenced = await run(['silence', 'errors', '--for', '2h'], KEYS.admin);
  expect(silenced.stdout, silenced.stderr).toMatch(/^errors is silenced until \S+Z\n$/);
  const over = await run(['silence', 'errors', '--for', '0s'], KEYS.admin);
  expect(over.stdout).toBe('errors is not silenced\n');
  const wrong = await run(['silence', 'errors', '--for', 'long'], KEYS.admin);
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('--for must be') });
});

it('R5: SIGHUP has the rules read again', async () => {
  const folder = makeHubFolder();
  const alerts = writeRules(rulesOf('', ERRORS), folder);
  const hub = new HubProcess(folder, ['--port', '0', '--alerts', alerts]);
  await hub.url();
  hub.child.kill('SIGHUP');
  await eventually(() => expect(hub.stderr).toContain(`${alerts} was read again: 1 rules`));
  expect(hub.child.exitCode).toBeNull();
});

it('R5: rules may stand in the file of the hub itself', async () => {
  const folder = makeHubFolder();
  const file = writeRules(`port = 0\n${rulesOf('', ERRORS)}`, folder);
  const hub = new HubProcess(folder, ['--config', file]);
  const headers = { authorization: `Bearer ${(await hub.url()) && keyIn(folder, 'read')}` };
  const response = await fetch(`${await hub.url()}/alerts`, { headers });
  expect(await response.json()).toMatchObject({ file, items: [{ name: 'errors' }] });
});

it('R6: an Alertmanager groups what it is sent, and tells its receiver in the form that ours has', async (context) => {
  requireProgram(context, 'prometheus-alertmanager', 'prometheus-alertmanager');
  const folder = makeHubFolder();
  const receiver = await new Receiver().open();
  writeFileSync(
    join(folder, 'alertmanager.yml'),
    `
route:
  receiver: tests
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1s
receivers:
  - name: tests
    webhook_configs:
      - url: ${receiver.url}/alertmanager
`,
  );
  const port = await freePort();
  const alertmanager = new DebianServer('prometheus-alertmanager', [
    `--config.file=${join(folder, 'alertmanager.yml')}`,
    `--storage.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--cluster.listen-address=',
  ]);
  await alertmanager.listens(port);
  const head = `url = "https://hub.example"
[alerts.webhook]
url = "${receiver.url}/ours"
[alerts.alertmanager]
url = "http://127.0.0.1:${port}/"`;
  const rules = `${ERRORS}action = ["alertmanager", "webhook"]`;
  const alerts = writeRules(rulesOf(head, rules), folder);
  const hub = await startTestHub({ alerts });
  await hub.post(errors(3));
  const pair = async (status: string) =>
    eventually(() => {
      const [theirs, ours] = ['/alertmanager', '/ours'].map((path) =>
        receiver.received.find((item) => item.path === path && item.json.status === status),
      );
      expect([theirs?.json.status, ours?.json.status]).toEqual([status, status]);
      return [theirs?.json, ours?.json];
    });
  const [theirs, ours] = await pair('firing');
  expectSameForm(theirs, ours);
  writeRules(rulesOf(head, rules.replace('threshold = 3', 'threshold = 30')), folder);
  const [overTheirs, overOurs] = await pair('resolved');
  expectSameForm(overTheirs, overOurs);
  expect(readFileSync(alerts, 'utf8')).toContain('threshold = 30');
});

// biome-ignore lint/suspicious/noExplicitAny: two payloads
function expectSameForm(theirs: any, ours: any): void {
  expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort());
  const [their, our] = [theirs.alerts[0], ours.alerts[0]];
  expect(Object.keys(our).sort()).toEqual(Object.keys(their).sort());
  const { endsAt: _theirEnd, ...theirAlert } = their;
  const { endsAt: _ourEnd, ...ourAlert } = our;
  expect(ourAlert).toEqual(theirAlert);
  for (const key of ['groupKey', 'groupLabels', 'commonLabels', 'commonAnnotations', 'version']) {
    expect(ours[key], key).toEqual(theirs[key]);
  }
}
