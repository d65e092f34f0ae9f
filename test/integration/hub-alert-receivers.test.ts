// Those who are told of alerts: receivers that fail and refuse, a real Alertmanager, a hub that is killed.
import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ERRORS, errors, rulesOf, writeRules } from '../support/alert-rules.js';
import { DebianServer, freePort, requireProgram } from '../support/debian-server.js';
import { eventually } from '../support/eventually.js';
import { makeHubFolder, startTestHub } from '../support/hub.js';
import { HubProcess, keyIn, post } from '../support/hub-process.js';
import { Receiver } from '../support/receiver.js';

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
});

// biome-ignore lint/suspicious/noExplicitAny: two payloads
function expectSameForm(theirs: any, ours: any): void {
  expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort());
  const [their, our] = [theirs.alerts[0], ours.alerts[0]];
  expect(Object.keys(our).sort()).toEqual(Object.keys(their).sort());
  const { endsAt: _theirEnd, startsAt: theirStart, ...theirAlert } = their;
  const { endsAt: _ourEnd, startsAt: ourStart, ...ourAlert } = our;
  expect(ourAlert).toEqual(theirAlert);
  expect(Date.parse(ourStart)).toBe(Date.parse(theirStart));
  for (const key of ['groupKey', 'groupLabels', 'commonLabels', 'commonAnnotations', 'version']) {
    expect(ours[key], key).toEqual(theirs[key]);
  }
}
