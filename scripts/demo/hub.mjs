// `npm start -- --hub`: a hub, and the scheduler as three processes with a gate; proves that nothing but errors and their
// chains was sent, and shows how the chain of a request comes from all three when somebody asks for it. `--serve` keeps
// them running.

import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ScriptError } from '../lib/run.mjs';
import { nearName } from './files.mjs';
import { compareHub, HubReader } from './proof/hub-check.mjs';
import { commands, fields, plural, seconds } from './report/report.mjs';
import { CLI, heading, printWithCli, say } from './report/terminal.mjs';
import { count, percent } from './scheduler/phrases.mjs';
import { prepareRun } from './scheduler/recording.mjs';
import { requestIdOf } from './scheduler/workload.mjs';

/** Of the hour: enough to see, and no more than two cores take with an HTTP request each. */
const REQUESTS_MAX = 4_000;
/** Fast enough for some to be late. */
const SPEED_DEFAULT = 45;
const EXECUTORS = 2;
const SLOTS = 2;
/** That all three are of, and which is switched off and on. */
const PROJECT = 'demo';
const PROCESSES = EXECUTORS + 1;
/** Requests in each state of it. */
const WAVE = 50;
/** Between two looks at what has arrived. */
const QUIET_MS = 500;
const REGISTER = ['--import', import.meta.resolve('aegis-trace/register')];

/** Starts the command as a person would. */
async function startHub(database, more = []) {
  const keysFile = `${database}.keys`;
  for (const end of ['', '-wal', '-shm', '.keys']) rmSync(database + end, { force: true });
  const flags = ['--port', '0', '--database', database, '--keys-file', keysFile, ...more];
  const child = spawn(process.execPath, [CLI, 'hub', ...flags]);
  let said = '';
  let complained = '';
  child.stderr.on('data', (text) => {
    complained += text;
  });
  const ended = once(child, 'exit').then(([code]) => {
    if (code !== 0) throw new ScriptError(`the hub ended with ${code}: ${complained}`);
  });
  ended.catch(() => {});
  const url = await Promise.race([
    ended,
    new Promise((resolve) => {
      child.stdout.on('data', (text) => {
        said += text;
        const [, found] = /listens at (http:\S+)/.exec(said) ?? [];
        if (found !== undefined) resolve(found);
      });
    }),
  ]);
  const keyLines = readFileSync(keysFile, 'utf8').split('\n');
  const keyOf = (scope) => keyLines.find((line) => line.startsWith(`${scope} `)).split(' ')[1];
  return {
    url,
    ingestKey: keyOf('ingest'),
    readKey: keyOf('read'),
    adminKey: keyOf('ingest,read,admin'),
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
    kill: () => child.kill('SIGKILL'),
  };
}

/** A process of the scheduler, which says one thing when it is ready or done, and another when it has ended. */
class Service {
  #child;
  #failure;

  constructor(script, args, { url, ingestKey }) {
    const file = fileURLToPath(new URL(`./services/${script}`, import.meta.url));
    const env = { ...process.env, AEGIS_HUB_URL: url, AEGIS_HUB_KEY: ingestKey };
    this.#child = fork(file, args, { execArgv: REGISTER, env });
    this.#failure = once(this.#child, 'exit').then(([code]) => {
      throw new ScriptError(`${script} ended with ${code}`);
    });
    this.#failure.catch(() => {});
  }

  async says() {
    const [message] = await Promise.race([once(this.#child, 'message'), this.#failure]);
    return message;
  }

  /** Orders something. @returns what it says to that */
  ask(order) {
    this.#child.send(order);
    return this.says();
  }

  /** @returns what its pipeline has counted */
  end(file) {
    return this.ask({ file });
  }

  kill() {
    this.#child.kill('SIGKILL');
  }
}

/** A request that is open because it was late, if there is one. */
async function pickLate(hub) {
  const { items } = JSON.parse(await hub.get('/tracing/status'));
  return items.find(({ cause }) => cause === 'error')?.id;
}

/** A request of which the hub has nothing. */
async function pickCold(hub, workload, requests) {
  for (let index = 0; index < requests; index++) {
    const id = requestIdOf(workload, index);
    if ((await hub.eventsOf(id)) === 0) return id;
  }
  return undefined;
}

/** Before its processes start: they ask for it. */
export const createProject = (hub) =>
  post(hub, '/api/v1/projects', { id: PROJECT, name: 'The demo' });

/** As an operator. @returns the body of the answer */
async function post({ url, adminKey }, path, body) {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${adminKey}`,
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new ScriptError(`the hub answers ${path}: ${text}`);
  return text;
}

/** Resolves when the hub has got nothing for a while: errors and their chains have arrived. */
async function quiet(hub) {
  let before = -1;
  for (;;) {
    const { events } = JSON.parse(await hub.get('/stats'));
    if (events === before) return;
    before = events;
    await sleep(QUIET_MS);
  }
}

/** Starts the three. @returns them, admission first */
export async function startServices(hub, options) {
  const services = [];
  try {
    const executors = Array.from({ length: EXECUTORS }, (_, index) => {
      const service = new Service('executor.mjs', [`executor-${index + 1}`, String(SLOTS)], hub);
      services.push(service);
      return service;
    });
    const ports = await Promise.all(executors.map((executor) => executor.says()));
    const urls = ports.map(({ port }) => `http://127.0.0.1:${port}/run`);
    services.unshift(new Service('admission.mjs', [JSON.stringify(options), ...urls], hub));
    return services;
  } catch (error) {
    for (const service of services) service.kill();
    throw error;
  }
}

/** What is run: the workload, and where its files go. */
export async function prepare({ files, workloadFiles, seed, ...options }) {
  const speed = options.speed ?? (options.seconds === undefined ? SPEED_DEFAULT : undefined);
  const asked = { workloadFiles, seed, speed, seconds: options.seconds };
  const { workload, cost } = await prepareRun(asked);
  const stem = files.out.replace(/\.json$/, '');
  mkdirSync(dirname(files.out), { recursive: true });
  return {
    sent: { ...asked, requestsMax: REQUESTS_MAX, slots: SLOTS },
    workload,
    cost,
    requests: Math.min(workload.count, REQUESTS_MAX),
    database: `${stem}.hub.db`,
    exports: ['admission', 'executor-1', 'executor-2'].map((name) => `${stem}.${name}.json`),
  };
}

function sayPlan(hub, { requests, workload, cost, database }) {
  say(
    ...fields({
      hub: [hub.url, nearName(database)],
      processes: [
        `admission; ${EXECUTORS} executors of ${SLOTS} slots, over HTTP`,
        'each with a gate: it sends its errors with their chains, and what somebody asks for',
      ],
      workload: [
        `${plural(requests, 'request')}, ${count(cost.speed)} times faster than they came, ` +
          `in ${seconds(workload.arrivalNs[requests - 1] / cost.speed)}`,
      ],
    }),
  );
}

/** Shows what the hub has of two requests, one of which nobody had asked for. @returns that one, and problems */
async function showChains(hub, reader, { workload, requests, database }) {
  const problems = [];
  const get = (id, ...more) =>
    printWithCli('get', id, ...more, '--hub', hub.url, '--key-file', `${database}.keys`);
  const late = await pickLate(reader);
  const cold = await pickCold(reader, workload, requests);
  if (late !== undefined) {
    heading('A late request, sent by all three because it is an error: aegis-trace get');
    await get(late);
  }
  if (cold === undefined) problems.push('every request was sent, though nobody had asked for them');
  else {
    heading('A request that stayed at home until now: aegis-trace get --wait');
    await get(cold, '--wait');
    const { complete } = JSON.parse(await reader.get(`/traces/${cold}`));
    if (complete !== 'yes') problems.push(`the chain of ${cold} is not known to be complete`);
  }
  return { cold, problems };
}

/** What each process has recorded so far. */
async function recordedBy(services) {
  const answers = await Promise.all(services.map((service) => service.ask({ wave: 0 })));
  return answers.reduce((sum, { recorded }) => sum + recorded, 0);
}

/** Resolves when every process knows how the project is. */
async function allKnow(reader) {
  for (;;) {
    const { processes } = JSON.parse(await reader.get(`/api/v1/projects/${PROJECT}`));
    if (processes.listening === PROCESSES && processes.current === PROCESSES) return;
    await sleep(QUIET_MS / 10);
  }
}

/** Switches the project off and on, with requests in both states. @returns problems */
async function showSwitch(hub, reader, services, { database }) {
  const [admission] = services;
  const problems = [];
  const at = ['--hub', hub.url, '--key-file', `${database}.keys`];
  const wave = async (action) => {
    await printWithCli('projects', action, PROJECT, ...at);
    await allKnow(reader);
    const before = await recordedBy(services);
    await admission.ask({ wave: WAVE });
    return (await recordedBy(services)) - before;
  };
  heading(`Nothing is recorded while the project is off: aegis-trace projects disable ${PROJECT}`);
  const off = await wave('disable');
  const on = await wave('enable');
  say(
    ...fields({
      'while off': `${plural(WAVE, 'request')}, ${plural(off, 'event')} recorded by the three`,
      'on again': `${plural(WAVE, 'request')}, ${plural(on, 'event')}`,
    }),
  );
  if (off !== 0) problems.push(`${off} events were recorded while the project was off`);
  if (on < WAVE)
    problems.push(`${on} events were recorded of ${WAVE} requests, after it was on again`);
  return problems;
}

/** @param {import('./options.mjs').DemoOptions} options */
export async function runWithHub(options) {
  const plan = await prepare(options);
  const { database, exports } = plan;
  heading('The scheduler as three processes with a gate, and a hub');
  const hub = await startHub(database);
  let services = [];
  try {
    sayPlan(hub, plan);
    await createProject(hub);
    services = await startServices(hub, plan.sent);
    const { counts, elapsedNs } = await services[0].says();
    const reader = new HubReader(hub.url, hub.readKey);
    await quiet(reader);
    const { cold, problems } = await showChains(hub, reader, plan);
    problems.push(...(await showSwitch(hub, reader, services, plan)));
    const ends = await Promise.all(services.map((service, index) => service.end(exports[index])));
    const compared = await compareHub(reader, exports, cold);
    const { perRing, inHub, switches, failed, problems: gaps } = compared;
    problems.push(...gaps);
    if (switches !== 2) problems.push(`${switches} of 2 switches of the project are events`);
    for (const [index, { isSent, metrics }] of ends.entries()) {
      if (!isSent || metrics.lost + metrics.lostErrors + metrics.rejected > 0) {
        problems.push(`${nearName(exports[index])}: not all of its events were sent or kept`);
      }
    }
    if (counts.failed > 0) problems.push(`${counts.failed} requests were not answered`);
    const recorded = perRing.reduce((sum, events) => sum + events, 0);
    heading('Result');
    say(
      ...fields({
        requests: `${count(counts.arrived)} in ${seconds(elapsedNs)}`,
        admitted: `${count(counts.admitted)}, rejected ${count(counts.rejected)} (${percent(counts.rejected, counts.arrived)})`,
        completed: `${count(counts.completed)}, of which ${count(counts.late)} late (${percent(counts.late, counts.completed)})`,
        rings: exports.map((file, index) => `${nearName(file)}, ${count(perRing[index])} events`),
        hub: [
          `${count(inHub)} events (${percent(inHub, recorded)}), each as in its ring, none twice`,
          `every error of ${plural(failed.requests, 'request')}; ten a second bring their chain along: ${count(failed.whole)}`,
        ],
        'at home': `${count(recorded - inHub)} events, of which nobody has asked for one`,
      }),
    );
    if (problems.length > 0) {
      const lines = problems.map((text) => `  ${text}`).join('\n');
      throw new ScriptError(`the hub has not what it was to be sent:\n${lines}`);
    }
    await hub.stop();
  } catch (error) {
    for (const service of services) service.kill();
    hub.kill();
    throw error;
  }
  heading('What next');
  const shown = nearName(database);
  say(...commands([`summary ${shown}`, `query ${shown} --where 'status:ERR dur>5ms' --limit 5`]));
}

/**
 * Keeps the hub and its load running until Ctrl-C.
 *
 * @param {import('./options.mjs').DemoOptions} options
 */
export async function serveHub(options) {
  const plan = await prepare(options);
  heading('The scheduler as three processes with a gate, and a hub, until Ctrl-C');
  // A tenth of the requests that nobody asks for, so that there is something to see.
  const hub = await startHub(plan.database, ['--default-rate', '0.1']);
  let services = [];
  try {
    sayPlan(hub, plan);
    await createProject(hub);
    services = await startServices(hub, { ...plan.sent, isEndless: true });
    const at = `--hub ${hub.url} --key-file ${nearName(`${plan.database}.keys`)}`;
    const { path } = JSON.parse(await post(hub, '/ui/link'));
    heading('The page, by a link that is good once');
    say(`  ${hub.url}${path}`);
    heading('In another terminal');
    say(
      ...commands([
        `hub link ${at}`,
        `tail ${at}`,
        `get ${requestIdOf(plan.workload, 0)} --wait ${at}`,
        `tracing status ${at}`,
        `projects disable ${PROJECT} ${at}`,
        `sources ${at}`,
      ]),
    );
    // Ctrl-C reaches the services too, which end by it.
    await Promise.race([interrupted(), services[0].says()]);
  } finally {
    for (const service of services) service.kill();
    await hub.stop().catch(() => hub.kill());
  }
}

function interrupted() {
  return new Promise((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
}
