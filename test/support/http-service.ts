import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { fileURLToPath } from 'node:url';

const REGISTER = new URL('../../dist/context/register.js', import.meta.url).href;

/** A service of test/support in a process of its own, with aegis-trace/register or without. */
export interface Service {
  port: number;
  child: ChildProcess;
  stop(): void;
}

export async function startService(
  name: string,
  { register = true, env = {} }: { register?: boolean; env?: Record<string, string> } = {},
): Promise<Service> {
  const child = fork(fileURLToPath(new URL(name, import.meta.url)), {
    execArgv: register ? ['--import', REGISTER] : [],
    env: { ...process.env, ...env },
  });
  const [port] = (await once(child, 'message')) as [number];
  return { port, child, stop: () => void child.kill() };
}

export interface Answer {
  status: number;
  headers: [string, string][];
  body: string;
}

export interface Question {
  path: string;
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** Sends a request and collects the answer, headers in their order and case. */
export function ask(
  port: number,
  { path, method = 'GET', headers = {}, body }: Question,
  agent?: http.Agent,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, method, headers, ...(agent && { agent }) };
    const request = http.request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const raw = response.rawHeaders;
        const pairs = raw.flatMap((name, i) =>
          i % 2 === 0 ? [[name, raw[i + 1]] as [string, string]] : [],
        );
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode as number, headers: pairs, body: text });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}
