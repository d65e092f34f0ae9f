// A hub in a process of its own, as a person starts it, and the requests of a load generator beside it.

import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { dirname } from 'node:path';
import { inRoot } from '../lib/paths.mjs';
import { ScriptError } from '../lib/run.mjs';

const MAIN = inRoot('dist/cli/main.js');

/** Starts a hub on a database; its keys are beside it. */
export async function startHubProcess(database, more = []) {
  const started = performance.now();
  const flags = ['--port', '0', '--database', database, '--retention-hours', '600', ...more];
  const child = spawn(process.execPath, [MAIN, 'hub', ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise((resolve, reject) => {
    let said = '';
    child.stdout.on('data', (text) => {
      said += text;
      const [, found] = /listens at (http:\S+)/.exec(said) ?? [];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', (code) => reject(new ScriptError(`the hub ended with ${code}: ${said}`)));
  });
  await (await fetch(`${url}/ready`)).text();
  const startMs = performance.now() - started;
  const lines = readFileSync(`${dirname(database)}/hub.keys`, 'utf8').split('\n');
  const keyOf = (scopes) => lines.find((line) => line.startsWith(`${scopes} `)).split(' ')[1];
  return {
    url,
    startMs,
    keys: { ingest: keyOf('ingest'), read: keyOf('read'), admin: keyOf('ingest,read,admin') },
    rssMb: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`))[1]) / 1024,
    cpuMs: () => cpuMsOf(child.pid),
    stop: () =>
      new Promise((resolve) => {
        child.removeAllListeners('exit');
        child.once('exit', resolve);
        child.kill('SIGTERM');
      }),
  };
}

/** Of a clock tick, as Linux counts CPU time. */
const TICK_MS = 10;

/** CPU time that a process and its children have used, milliseconds; of those that have ended, what was waited for. */
function cpuMsOf(pid) {
  const [, fields] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  // https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: utime, stime, cutime, cstime.
  const own = fields.split(' ').slice(11, 15).map(Number);
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean),
  );
  return children.reduce(
    (sum, child) => sum + cpuMsOf(child),
    own.reduce((sum, ticks) => sum + ticks * TICK_MS, 0),
  );
}

/** Keep-alive requests to a hub. */
export class HubLoad {
  #url;
  #keys;
  #agent = new Agent({ keepAlive: true });

  constructor({ url, keys }) {
    this.#url = url;
    this.#keys = keys;
  }

  /** The answer's body and how long it took, in milliseconds. Rejects when it is not 200. */
  async ask(path, body, type = 'application/json') {
    const answer = body === undefined ? await this.get(path) : await this.#send(path, body, type);
    return this.#ok(path, answer);
  }

  /** A POST of an operator. Rejects when the answer is not 200. */
  async post(path, body) {
    const headers = {
      authorization: `Bearer ${this.#keys.read}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    };
    return this.#ok(path, await this.#request('POST', path, headers, body));
  }

  /** Any answer: its status too. */
  get(path, headers = {}) {
    return this.#request('GET', path, { authorization: `Bearer ${this.#keys.read}`, ...headers });
  }

  #send(path, body, type) {
    const headers = {
      authorization: `Bearer ${this.#keys.ingest}`,
      'content-type': type,
      'content-length': body.length,
      // As senders say it: what is measured is no batch that comes again.
      'x-aegis-attempt': 'first',
    };
    return this.#request('POST', path, headers, body);
  }

  #ok(path, { status, text, ms }) {
    if (status === 200) return { text, ms };
    throw new Error(`${path}: ${status} ${text}`);
  }

  #request(method, path, headers, body) {
    const started = performance.now();
    return new Promise((resolve, reject) => {
      const options = { method, agent: this.#agent, headers };
      const sent = request(`${this.#url}${path}`, options, (response) => {
        const parts = [];
        response.on('data', (part) => parts.push(part));
        response.on('end', () => {
          const text = Buffer.concat(parts).toString();
          resolve({ status: response.statusCode, text, ms: performance.now() - started });
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  close() {
    this.#agent.destroy();
  }
}
