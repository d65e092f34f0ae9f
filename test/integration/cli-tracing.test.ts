// The commands that show and change which requests leave the processes.
import { expect, it } from 'vitest';
import { runCli } from '../support/capture-io.js';
import { listening, newId, startGated } from '../support/gated.js';
import { KEYS, startTestHub, type TestHub } from '../support/hub.js';

const runOn = (hub: TestHub, args: readonly string[], tty = false) =>
  runCli([...args, '--hub', hub.hub.url], {
    env: { AEGIS_HUB_KEY: KEYS.read, TERM: 'xterm' },
    tty,
  });

it('A7: shows and changes which requests are open', async () => {
  const hub = await startTestHub();
  expect(await runOn(hub, ['tracing', 'status'])).toEqual({
    exit: 0,
    stdout: '',
    stderr:
      'mode adaptive; 0 processes with a gate listen\n' +
      'no request is open: every process keeps everything but errors at home\n',
  });
  expect((await runOn(hub, ['tracing', 'enable', 'order-1'])).stdout).toBe(
    'order-1 was COLD and is HOT\n',
  );
  expect((await runOn(hub, ['tracing', 'enable', 'order-1'])).stdout).toBe(
    'order-1 is HOT as before\n',
  );
  const status = await runOn(hub, ['tracing', 'status']);
  expect(status.stdout).toMatch(
    /^REQUEST +STATE +WHY +FOR +ANSWERED\norder-1 +HOT +enable +\d+ s +0 of 0\n$/,
  );
  const config = await runOn(hub, ['tracing', 'config']);
  expect(config.stdout).toMatch(
    /^mode +adaptive\nhot +1 requests, sent whole\nwarm +0 requests, a share of 0\.1\nothers +a share of 0\netag +[0-9a-f]{32}\n$/,
  );
  expect(JSON.parse((await runOn(hub, ['tracing', 'config', '--json'])).stdout)).toMatchObject({
    hot_correlations: ['order-1'],
  });
  expect(JSON.parse((await runOn(hub, ['tracing', 'status', '--json'])).stdout)).toMatchObject({
    hot: 1,
    items: [{ id: 'order-1' }],
  });
  expect((await runOn(hub, ['tracing', 'disable', 'order-1'])).stdout).toBe(
    'order-1 was HOT and is COLD\n',
  );
  const said = await runOn(hub, ['tracing', 'disable', 'order-1', '--json']);
  expect(JSON.parse(said.stdout)).toMatchObject({ previous_state: 'COLD', current_state: 'COLD' });
});

it('A7: says what the hub refuses, and what is misspelt', async () => {
  const hub = await startTestHub({ heatsPerMinute: 0 });
  const refused = await runOn(hub, ['tracing', 'enable', 'a']);
  expect([refused.exit, refused.stderr]).toEqual([
    2,
    expect.stringContaining('answers 429: a key opens 0 requests in a minute'),
  ]);
  expect((await runOn(hub, ['tracing', 'enabel', 'a'])).exit).toBe(2);
  const wait = await runOn(hub, ['get', 'a', '--wait', 'long']);
  expect([wait.exit, wait.stderr]).toEqual([
    2,
    expect.stringContaining('--wait must be a number of seconds; got "long"'),
  ]);
});

it('A7: get prints the hint, in colour and in JSON, and with --wait the whole chain', async () => {
  const hub = await startTestHub();
  const service = await startGated(hub.hub.url, 'api');
  await listening(hub, 1);
  const [first, second, third] = [newId(), newId(), newId()] as const;
  for (const id of [first, second, third]) service.record(id, 3);
  await service.pipeline.flush();

  const json = await runOn(hub, ['get', first, '--json']);
  expect(JSON.parse(json.stdout).adaptive_hint).toMatchObject({
    previous_state: 'COLD',
    current_state: 'HOT',
    retry_after_seconds: 45,
  });
  const colored = await runOn(hub, ['get', second], true);
  expect(colored.stderr).toContain('\u001b[34mCOLD\u001b[39m → \u001b[31mHOT\u001b[39m: ');
  expect(colored.stderr).toContain('ask again in 45 s at most, or with --wait');
  expect(colored.exit).toBe(1);

  const waited = await runOn(hub, ['get', third, '--wait']);
  expect(waited.exit).toBe(0);
  expect(waited.stdout.match(/decided/g)).toHaveLength(3);
  expect(waited.stderr).toMatch(/^COLD → HOT: nobody had asked .*for what they still have of it\n/);
  expect(waited.stderr).toContain('complete: 1 process sent all that it recorded of it\n');
  expect((await runOn(hub, ['get', third])).stderr).not.toContain('HOT');
});
