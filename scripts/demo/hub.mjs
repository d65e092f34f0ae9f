// `npm start -- --hub`: a hub, and the scheduler as three processes that send to it over HTTP; proves that the hub has
// what their rings have, and shows the chain of one request across the three.

import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ScriptError } from '../lib/run.mjs';
import { nearName } from './files.mjs';
import { compareHub, HubReader } from './proof/hub-check.mjs';
import { commands, fields, plural, seconds } from './report/report.mjs';
import { CLI, heading, printWithCli, say } from './report/terminal.mjs';
import { count, percent } from './scheduler/phrases.mjs';
import { prepareRun } from './scheduler/recording.mjs';

/** Of the hour: enough to see, and no more than two cores take with an HTTP request each. */
const REQUESTS_MAX = 4_000;
/** An hour in two minutes. */
const SPEED_DEFAULT = 30;
const EXECUTORS = 2;
const SLOTS = 2;
const REGISTER = ['--import', import.meta.resolve('aegis-trace/register')];

/** Starts the command as a person would. */
async function startHub(database) {
  const keysFile = `${database}.keys`;
  for (const end of ['', '-wal', '-shm', '.keys']) rmSync(database + end, { force: true });
  const flags = ['--port', '0', '--database', database, '--keys-file', keysFile];
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

  /** @returns what its pipeline has counted */
  async end(file) {
    this.#child.send({ file });
    return this.says();
  }

  kill() {
    this.#child.kill('SIGKILL');
  }
}

/** A request of which all three kinds of things are known: one that was late where there is one. */
async function pickSample(hub) {
  for (const where of ['type:deadline_miss', 'type:completion']) {
    const { items } = JSON.parse(
      await hub.get(`/recent?limit=1&where=${encodeURIComponent(where)}`),
    );
    if (items.length > 0) return items[0].request_id;
  }
  return undefined;
}

async function runServices(hub, options, exports) {
  const services = [];
  try {
    const executors = Array.from({ length: EXECUTORS }, (_, index) => {
      const service = new Service('executor.mjs', [`executor-${index + 1}`, String(SLOTS)], hub);
      services.push(service);
      return service;
    });
    const ports = await Promise.all(executors.map((executor) => executor.says()));
    const urls = ports.map(({ port }) => `http://127.0.0.1:${port}/run`);
    const admission = new Service('admission.mjs', [JSON.stringify(options), ...urls], hub);
    services.unshift(admission);
    const ran = await admission.says();
    const ends = await Promise.all(services.map((service, index) => service.end(exports[index])));
    return { ...ran, ends };
  } catch (error) {
    for (const service of services) service.kill();
    throw error;
  }
}

/** @param {import('./options.mjs').DemoOptions} options */
export async function runWithHub(options) {
  const { files, workloadFiles, seed } = options;
  const speed = options.speed ?? (options.seconds === undefined ? SPEED_DEFAULT : undefined);
  const asked = { workloadFiles, seed, speed, seconds: options.seconds };
  const { workload, cost } = await prepareRun(asked);
  const requests = Math.min(workload.count, REQUESTS_MAX);
  const stem = files.out.replace(/\.json$/, '');
  const exports = ['admission', 'executor-1', 'executor-2'].map((name) => `${stem}.${name}.json`);
  mkdirSync(dirname(files.out), { recursive: true });

  heading('The scheduler as three processes, and a hub that they send to');
  const hub = await startHub(`${stem}.hub.db`);
  try {
    say(
      ...fields({
        hub: [hub.url, nearName(`${stem}.hub.db`)],
        processes: [`admission; ${EXECUTORS} executors of ${SLOTS} slots, over HTTP`],
        workload: [
          `${plural(requests, 'request')}, ${count(cost.speed)} times faster than they came, ` +
            `in ${seconds(workload.arrivalNs[requests - 1] / cost.speed)}`,
        ],
      }),
    );
    const sent = { ...asked, requestsMax: REQUESTS_MAX, slots: SLOTS };
    const { counts, elapsedNs, ends } = await runServices(hub, sent, exports);
    const reader = new HubReader(hub.url, hub.readKey);
    const { perRing, inHub, problems } = await compareHub(reader, exports);
    for (const [index, { isSent, metrics }] of ends.entries()) {
      if (!isSent || metrics.lost + metrics.lostErrors + metrics.rejected > 0) {
        problems.push(`${nearName(exports[index])}: not all of its events were sent`);
      }
    }
    if (counts.failed > 0) problems.push(`${counts.failed} requests were not answered`);
    const sample = await pickSample(reader);
    if (sample !== undefined) {
      heading('One request, from all three: aegis-trace get');
      const { complete } = JSON.parse(await reader.get(`/traces/${sample}`));
      if (complete !== 'yes') problems.push(`the chain of ${sample} is not known to be complete`);
      await printWithCli('get', sample, '--hub', hub.url, '--key-file', `${stem}.hub.db.keys`);
    }
    heading('Result');
    say(
      ...fields({
        requests: `${count(counts.arrived)} in ${seconds(elapsedNs)}`,
        admitted: `${count(counts.admitted)}, rejected ${count(counts.rejected)} (${percent(counts.rejected, counts.arrived)})`,
        completed: `${count(counts.completed)}, of which ${count(counts.late)} late (${percent(counts.late, counts.completed)})`,
        rings: exports.map((file, index) => `${nearName(file)}, ${count(perRing[index])} events`),
        hub:
          `${count(inHub)} events` +
          (problems.length === 0 ? ', each as in its ring, none twice' : ''),
      }),
    );
    if (problems.length > 0) {
      const lines = problems.map((text) => `  ${text}`).join('\n');
      throw new ScriptError(`the hub is not as the rings are:\n${lines}`);
    }
    await hub.stop();
  } catch (error) {
    hub.kill();
    throw error;
  }
  heading('What next');
  const database = nearName(`${stem}.hub.db`);
  say(
    ...commands([
      `summary ${database}`,
      `query ${database} --where 'status:ERR dur>5ms' --limit 5`,
    ]),
  );
}
