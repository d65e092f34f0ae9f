// The files of docs/operating, each checked by the program that it is for.
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { validate } from 'dockerfile-utils';
import { expect, it } from 'vitest';
import { runProcess } from '../support/child.js';
import { DebianServer, freePort, requireProgram } from '../support/debian-server.js';
import { eventually } from '../support/eventually.js';
import { KEYS, makeHubFolder, startTestHub } from '../support/hub.js';
import { makeEvents, makeRun } from '../support/recorded-events.js';

const OPERATING = fileURLToPath(new URL('../../docs/operating', import.meta.url));
const RULES_TEST = fileURLToPath(
  new URL('../fixtures/aegis-trace.rules.test.yml', import.meta.url),
);
const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const fileOf = (name: string): string => readFileSync(join(OPERATING, name), 'utf8');

/** @throws AssertionError with what it printed when it fails. */
async function mustRun(program: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runProcess(program, args);
  expect(code, `${stdout}${stderr}`).toBe(0);
  return stdout;
}

it('the unit is one that systemd takes, and leaves the hub little that it could do', async (context) => {
  requireProgram(context, 'systemd-analyze', 'systemd');
  const unit = fileOf('aegis-trace-hub.service');
  const command = '/usr/bin/node /opt/aegis-trace/node_modules/aegis-trace/dist/cli/main.js';
  expect(unit.split(command)).toHaveLength(2);
  const path = join(makeHubFolder(), 'aegis-trace-hub.service');
  writeFileSync(path, unit.replace(command, `${process.execPath} ${MAIN}`));
  const { code, stdout, stderr } = await runProcess('systemd-analyze', ['verify', path]);
  expect([code, stdout, stderr]).toEqual([0, '', '']);
  const report = await mustRun('systemd-analyze', ['security', '--offline=true', path]);
  const [, exposure] = /exposure level for aegis-trace-hub\.service: (\d+\.\d)/.exec(report) ?? [];
  expect(Number(exposure)).toBeLessThan(2);
});

it('the rules fire when they should, of metrics that there are', async (context) => {
  requireProgram(context, 'promtool', 'prometheus');
  const folder = makeHubFolder();
  cpSync(OPERATING, folder, { recursive: true });
  cpSync(RULES_TEST, join(folder, 'test.yml'));
  await mustRun('promtool', ['test', 'rules', join(folder, 'test.yml')]);
  const hub = await startTestHub();
  const { text } = await hub.get('/metrics');
  const rules = fileOf('aegis-trace.rules.yml');
  const used = [...new Set(rules.match(/aegis_trace_hub_\w+/g))];
  expect(used.length).toBeGreaterThan(5);
  for (const metric of used) expect(text).toContain(`# TYPE ${metric} `);
});

it('Prometheus reads a hub with the configuration, and knows the rules', async (context) => {
  requireProgram(context, 'prometheus', 'prometheus');
  const hub = await startTestHub();
  await hub.send(makeRun(), makeEvents(120));
  const folder = makeHubFolder();
  cpSync(OPERATING, folder, { recursive: true });
  const keyFile = join(folder, 'read.key');
  writeFileSync(keyFile, KEYS.read, { mode: 0o600 });
  let config = fileOf('prometheus.yml');
  for (const [from, to] of [
    ['127.0.0.1:8099', new URL(hub.hub.url).host],
    ['/etc/prometheus/aegis-trace.key', keyFile],
    ['scrape_interval: 15s', 'scrape_interval: 1s'],
  ] as const) {
    expect(config.split(from), from).toHaveLength(2);
    config = config.replace(from, to);
  }
  const path = join(folder, 'prometheus.yml');
  writeFileSync(path, config);
  await mustRun('promtool', ['check', 'config', path]);
  const port = await freePort();
  const server = new DebianServer('prometheus', [
    `--config.file=${path}`,
    `--storage.tsdb.path=${join(folder, 'tsdb')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]);
  await server.listens(port);
  const ask = async (what: string): Promise<unknown> =>
    (await fetch(`http://127.0.0.1:${port}/api/v1/${what}`)).json();
  await eventually(async () => {
    const query = encodeURIComponent('aegis_trace_hub_events_inserted_total * up');
    expect(await ask(`query?query=${query}`)).toMatchObject({
      data: { result: [{ value: [expect.any(Number), '120'] }] },
    });
  });
  expect(await ask('rules')).toMatchObject({ data: { groups: [{ name: 'aegis-trace' }] } });
});

it('the container files are well-formed', async (context) => {
  expect(validate(fileOf('Dockerfile'))).toEqual([]);
  requireProgram(context, 'docker-compose', 'docker-compose');
  const services = await mustRun('docker-compose', [
    '--file',
    join(OPERATING, 'compose.yaml'),
    'config',
    '--services',
  ]);
  expect(services).toBe('hub\n');
});

it('the container installs this version', () => {
  const { version } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  expect(fileOf('Dockerfile')).toContain(`ARG VERSION=${version}\n`);
});
