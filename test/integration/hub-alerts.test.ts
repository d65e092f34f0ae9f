// Rules that a hub runs: what they see, where they stand, and what becomes of their file.
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { alertIn, ERRORS, errors, rulesOf, writeRules } from '../support/alert-rules.js';
import { DIST_URL, runProcess } from '../support/child.js';
import { eventually } from '../support/eventually.js';
import { KEYS, makeHubFolder, startTestHub } from '../support/hub.js';
import { HubProcess, keyIn } from '../support/hub-process.js';

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
