// A hub in a process of its own, as a person starts it, and the requests of a load generator beside it.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { dirname } from 'node:path';
import { inRoot } from '../lib/paths.mjs';
import { ScriptError } from '../lib/run.mjs';

const MAIN = inRoot('dist/cli/main.js');

/** Starts a hub on a database; its keys are beside it. */
export async function startHubProcess(database) {
  const started = performance.now();
  const flags = ['--port', '0', '--database', database, '--retention-hours', '600'];
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
  const keyOf = (scope) => lines.find((line) => line.startsWith(`${scope} `)).split(' ')[1];
  return {
    url,
    startMs,
    keys: { ingest: keyOf('ingest'), read: keyOf('read') },
    rssMb: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`))[1]) / 1024,
    stop: () =>
      new Promise((resolve) => {
        child.removeAllListeners('exit');
        child.once('exit', resolve);
        child.kill('SIGTERM');
      }),
  };
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
  ask(path, body) {
    const started = performance.now();
    const key = body === undefined ? this.#keys.read : this.#keys.ingest;
    const headers = {
      authorization: `Bearer ${key}`,
      ...(body && { 'content-type': 'application/json', 'content-length': body.length }),
    };
    const method = body === undefined ? 'GET' : 'POST';
    return new Promise((resolve, reject) => {
      const sent = request(
        `${this.#url}${path}`,
        { method, agent: this.#agent, headers },
        (response) => {
          const parts = [];
          response.on('data', (part) => parts.push(part));
          response.on('end', () => {
            const text = Buffer.concat(parts).toString();
            if (response.statusCode === 200) resolve({ text, ms: performance.now() - started });
            else reject(new Error(`${path}: ${response.statusCode} ${text}`));
          });
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }

  close() {
    this.#agent.destroy();
  }
}
