// How fast a busy hub says that its config is what it was, and how fast a change of it reaches thousands.

import { Agent, get } from 'node:http';
import { formatBatch } from '../../../dist/wire/batch.js';
import { HubLoad, startHubProcess } from '../hub-process.mjs';
import { makeRequestIds } from '../payload.mjs';
import { percentile } from '../statistics.mjs';
import { makeBatch, makeRun } from '../stored-events.mjs';
import { GATE_FLAGS } from './gate-record.mjs';

const BATCH = 100;
const CHANGES = 5;
/** Of the polls. */
const SECONDS_MAX = 30;

export async function measure({ folder, hot, polls, perSecond, listeners }) {
  const hub = await startHubProcess(`${folder}/config.db`, GATE_FLAGS);
  const load = new HubLoad(hub);
  try {
    const ids = makeRequestIds(hot);
    for (const id of ids) await load.post(`/tracing/enable/${id}`);
    const config_p99_ms = await measureConfig(load, { polls, perSecond });
    const spread = await measureSpread(hub, load, listeners);
    return { config_p99_ms, ...spread };
  } finally {
    load.close();
    await hub.stop();
  }
}

async function measureConfig(load, { polls, perSecond }) {
  const { etag } = JSON.parse((await load.ask('/tracing/config')).text);
  // Made before: this thread is to do nothing that the questions wait for.
  const bodies = makeBodies(Math.ceil((SECONDS_MAX * perSecond) / BATCH));
  let isBusy = true;
  const sending = sendSteadily(load, bodies, perSecond, () => isBusy);
  const times = [];
  for (let poll = -polls / 2; poll < polls; poll++) {
    const { status, ms } = await load.get('/tracing/config', { 'if-none-match': `"${etag}"` });
    if (status !== 304) throw new Error(`the config is answered with ${status}`);
    // Of the steady state: the first ones wait for code to be optimised.
    if (poll >= 0) times.push(ms);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  isBusy = false;
  await sending;
  return percentile(Float64Array.from(times), 0.99);
}

function makeBodies(count) {
  const run = makeRun();
  return Array.from({ length: count }, (_, index) =>
    Buffer.from(formatBatch({ run, events: makeBatch(index * BATCH, BATCH, count * BATCH) })),
  );
}

async function sendSteadily(load, bodies, perSecond, isBusy) {
  const pending = new Set();
  const start = performance.now();
  for (let index = 0; isBusy(); index++) {
    const wait = start + (index * 1_000 * BATCH) / perSecond - performance.now();
    if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait));
    if (index === bodies.length) throw new Error('the polls took too long');
    const sent = load.ask('/ingest', bodies[index]);
    pending.add(sent);
    sent.finally(() => pending.delete(sent));
  }
  await Promise.all(pending);
}

async function measureSpread(hub, load, listeners) {
  const before = hub.rssMb();
  const agent = new Agent({ maxSockets: listeners });
  const heard = [];
  let onHeard = () => {};
  for (let opened = 0; opened < listeners; opened += 100) {
    const some = Array.from({ length: Math.min(100, listeners - opened) }, () =>
      openListener(hub, agent, () => {
        heard.push(performance.now());
        if (heard.length === listeners) onHeard();
      }),
    );
    await Promise.all(some);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const spread_mb = hub.rssMb() - before;
  const worst = [];
  for (let change = 0; change < CHANGES; change++) {
    // Each hears of the config as it is when it begins to listen.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    heard.length = 0;
    const all = new Promise((resolve) => {
      onHeard = resolve;
    });
    const start = performance.now();
    await load.post(`/tracing/enable/changed-${change}`);
    await all;
    worst.push(
      percentile(
        Float64Array.from(heard, (time) => time - start),
        0.99,
      ),
    );
  }
  agent.destroy();
  return { spread_ms: Math.max(...worst), spread_mb };
}

function openListener({ url, keys }, agent, onChange) {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${keys.ingest}` };
    const request = get(`${url}/tracing/changes`, { agent, headers }, (response) => {
      if (response.statusCode !== 200) return reject(new Error(`${response.statusCode}`));
      response.on('error', () => {});
      response.on('data', (bytes) => {
        if (bytes.includes('event: changed')) onChange();
      });
      resolve();
    });
    request.on('error', reject);
  });
}
