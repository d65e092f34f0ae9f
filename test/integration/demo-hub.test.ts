import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { runProcess } from '../support/child.js';
import { eventually } from '../support/eventually.js';
import { makeTestFolder } from '../support/write-export.js';

const DEMO = fileURLToPath(new URL('../../scripts/demo/main.mjs', import.meta.url));
const HEADER = 'TIMESTAMP,ContextTokens,GeneratedTokens';
const folder = makeTestFolder();
afterAll(folder.remove);

/** Forty at once, of which some are turned away and some late; then one each 100 ms. */
const times = [
  ...Array.from({ length: 40 }, () => 0),
  ...Array.from({ length: 20 }, (_, n) => 100 * (n + 1)),
];
const rows = times.map((ms) => {
  const time = new Date(Date.UTC(2023, 10, 16, 18) + ms).toISOString().slice(0, 23);
  return `${time.replace('T', ' ')}0000,${500 + ms},${60 + (ms % 7)}`;
});
const workload = folder.write('burst.csv', [HEADER, ...rows].join('\n'));

it('H3, A5: three processes send a hub errors and what is asked for, and the chain of a request of all three', async () => {
  const out = `${folder.path}/hub.json`;
  const end = await runProcess(process.execPath, [
    ...[DEMO, '--hub', '--workload', workload, '--speed', '2', '--out', out],
  ]);
  expect(end).toMatchObject({ code: 0 });
  const [, requests] = /requests +(\d+) in/.exec(end.stdout) ?? [];
  expect(requests).toBe('60');
  const rings = [...end.stdout.matchAll(/\.(?:admission|executor-[12])\.json, (\d+) events/g)];
  const recorded = rings.reduce((total, [, events]) => total + Number(events), 0);
  const [, sent] =
    /hub +(\d+) events \([\d.]+ %\), each as in its ring, none twice/.exec(end.stdout) ?? [];
  expect(Number(sent)).toBeGreaterThan(5);
  const [, kept] =
    /at home +(\d+) events, of which nobody has asked for one/.exec(end.stdout) ?? [];
  expect(Number(sent) + Number(kept)).toBe(recorded);
  expect(end.stdout).toMatch(/^ +\+\S+ \S+ +executor-[12] +scheduling_decision/m);
  expect(end.stdout).toMatch(/^ +\+\S+ \S+ +Admission +admission_result/m);
  expect(end.stdout).toContain('tracing of demo is off: 3 processes are told');
  expect(end.stdout).toMatch(/while off +50 requests, 0 events recorded by the three/);
  expect(end.stdout).toMatch(/on again +50 requests, \d{3,} events/);
  expect(end.stderr).toContain('COLD → HOT: nobody had asked for this request');
  expect(end.stderr).toContain('complete: 3 processes sent all that they recorded of it');
  // The operation went along: each executor has requests of the workload, and nothing without one.
  const { events } = JSON.parse(readFileSync(`${folder.path}/hub.executor-1.json`, 'utf8')) as {
    events: { request_id: string }[];
  };
  expect(events.length).toBeGreaterThan(10);
  expect(events.every(({ request_id: id }) => /^[0-9a-f]{32}$/.test(id))).toBe(true);
});

it('A5: --serve keeps a hub and its load running until it is interrupted', async () => {
  const out = `${folder.path}/serve.json`;
  const child = spawn(process.execPath, [DEMO, '--serve', '--workload', workload, '--out', out]);
  onTestFinished(() => void child.kill('SIGKILL'));
  const output: string[] = [];
  child.stdout.on('data', (text) => output.push(String(text)));
  const said = await eventually(() => {
    const text = output.join('');
    expect(text).toMatch(/npx aegis-trace sources --hub http:\S+ --key-file \S+\n/);
    return text;
  });
  const [, url] = /hub +(http:\S+)/.exec(said) ?? [];
  const health = async () => (await fetch(`${url}/health`)).status;
  expect(await health()).toBe(200);
  child.kill('SIGINT');
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
  await expect(health()).rejects.toThrow();
});

it.each(['--crash', '--workers', '--capacity', '--sample-rate'])(
  '--hub and %s do not go together',
  async (name) => {
    const end = await runProcess(process.execPath, [DEMO, '--hub', name, '1']);
    expect(end.code).toBe(2);
    expect(end.stderr).toContain(`--hub and ${name} do not go together`);
  },
);
