// The hub where operators put it: behind the nginx of docs/operating, over TLS.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished, type TestContext } from 'vitest';
import { formatBatch } from '../../src/wire/batch.js';
import { DIST_URL, runModule } from '../support/child.js';
import { DebianServer, freePort, requireProgram } from '../support/debian-server.js';
import { eventually } from '../support/eventually.js';
import { KEYS, makeHubFolder, startTestHub, type TestHub } from '../support/hub.js';
import { makeEvents, makeRun } from '../support/recorded-events.js';

const NAME = 'trace.example.com';
const CONFIG = readFileSync(new URL('../../docs/operating/nginx.conf', import.meta.url), 'utf8');

interface Nginx {
  readonly port: number;
  readonly certificate: string;
  /** Of the hub behind it. */
  readonly hubPort: number;
}

/** nginx with the configuration of the guide, in which only ports and paths are others. */
async function startNginx(context: TestContext): Promise<Nginx> {
  requireProgram(context, 'nginx', 'nginx-light');
  requireProgram(context, 'openssl', 'openssl');
  const folder = makeHubFolder();
  const [port, hubPort] = [await freePort(), await freePort()];
  const certificate = join(folder, 'cert.pem');
  const key = join(folder, 'key.pem');
  const subject = ['-subj', `/CN=${NAME}`, '-addext', `subjectAltName=DNS:${NAME},DNS:localhost`];
  const make = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
  ];
  execFileSync('openssl', [...make, ...subject, '-keyout', key, '-out', certificate], {
    stdio: 'ignore',
  });
  let config = CONFIG;
  for (const [from, to] of [
    ['listen 443 ssl', `listen 127.0.0.1:${port} ssl`],
    ['server 127.0.0.1:8099', `server 127.0.0.1:${hubPort}`],
    ['/etc/ssl/aegis-trace/cert.pem', certificate],
    ['/etc/ssl/aegis-trace/key.pem', key],
  ] as const) {
    expect(config.split(from), from).toHaveLength(2);
    config = config.replace(from, to);
  }
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((what) => {
    mkdirSync(join(folder, what));
    return `${what}_temp_path ${join(folder, what)};\n`;
  });
  const file = join(folder, 'nginx.conf');
  const isRoot = process.getuid?.() === 0;
  writeFileSync(
    file,
    `daemon off;\nmaster_process off;\n${isRoot ? 'user root;\n' : ''}pid ${join(folder, 'pid')};\n` +
      `error_log stderr;\nevents {}\nhttp {\naccess_log off;\n${temporary.join('')}${config}}\n`,
  );
  const nginx = new DebianServer('nginx', ['-c', file, '-p', folder]);
  await nginx.listens(port);
  return { port, certificate, hubPort };
}

const startHubBehind = ({ hubPort }: Nginx): Promise<TestHub> =>
  startTestHub({ port: hubPort, trustProxy: ['loopback'], allowHosts: [NAME] });

interface Asked {
  readonly method?: string;
  readonly key?: string | undefined;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
  readonly agent?: Agent;
}

/** Asks through TLS, by the name of the certificate. */
function ask(
  { port, certificate }: Nginx,
  path: string,
  asked: Asked = {},
): Promise<IncomingMessage> {
  const { method = 'GET', key, headers, body, agent = false } = asked;
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        servername: NAME,
        ca: readFileSync(certificate),
        agent,
        method,
        path,
        headers: {
          host: NAME,
          ...(key !== undefined && { authorization: `Bearer ${key}` }),
          ...headers,
        },
      },
      resolve,
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

const postBatch = (nginx: Nginx, body: string): Promise<IncomingMessage> =>
  ask(nginx, '/ingest', {
    method: 'POST',
    key: KEYS.ingest,
    headers: { 'content-type': 'application/json' },
    body,
  });

it('H5: batches and streams go through nginx over TLS, each event as it comes', async (context) => {
  const nginx = await startNginx(context);
  await startHubBehind(nginx);
  const stream = await ask(nginx, '/recent/stream', { key: KEYS.read });
  expect(stream.statusCode).toBe(200);
  expect(stream.headers['content-type']).toContain('text/event-stream');
  let seen = '';
  stream.on('data', (chunk: Buffer) => {
    seen += chunk.toString();
  });
  const events = makeEvents(300, (index) => ({ requestId: `r-${index}` }));
  const answer = await postBatch(nginx, formatBatch({ run: makeRun(), events }));
  expect(JSON.parse(await text(answer))).toMatchObject({ accepted: 300, inserted: 300 });
  // The stream has not ended: nothing waits in a buffer for more.
  await eventually(() => expect(seen).toContain('"request_id":"r-299"'));
  stream.destroy();
  const found = await ask(nginx, '/traces/r-7', { key: KEYS.read });
  expect(JSON.parse(await text(found)).items).toHaveLength(1);
  // 9 MB of one event each, which nginx keeps in a file before it asks the hub.
  const large = makeEvents(90, () => ({ rationale: 'x'.repeat(100_000) }));
  const stored = await postBatch(nginx, formatBatch({ run: makeRun(), events: large }));
  expect(JSON.parse(await text(stored))).toMatchObject({ inserted: 90 });
});

it('H5: the hub knows clients by what nginx says, which is not what they say', async (context) => {
  const nginx = await startNginx(context);
  await startHubBehind(nginx);
  const ready = await ask(nginx, '/health', { headers: { 'x-forwarded-host': 'evil.example' } });
  expect(ready.statusCode).toBe(200);
  const other = await ask(nginx, '/health', { headers: { host: 'evil.example' } });
  expect(other.statusCode).toBe(421);
  // One client asks without a key until it is told to come later; another one is not.
  const [one, another] = ['127.0.0.2', '127.0.0.3'].map((localAddress) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 8, localAddress });
    onTestFinished(() => agent.destroy());
    return agent;
  });
  const statusOf = async (agent: Agent | undefined, from: string): Promise<number | undefined> => {
    const headers = { 'x-forwarded-for': from };
    const answer = await ask(nginx, '/recent', { agent: agent as Agent, headers });
    await text(answer);
    return answer.statusCode;
  };
  await eventually(async () => {
    const statuses = await Promise.all(
      Array.from({ length: 600 }, (_, index) => statusOf(one, `10.0.0.${index % 250}`)),
    );
    expect(statuses).toContain(429);
    expect(await statusOf(another, '10.0.0.1')).toBe(401);
  });
});

it('H5: a pipeline sends through nginx, and a restart of the hub behind it loses nothing', async (context) => {
  const nginx = await startNginx(context);
  const first = await startHubBehind(nginx);
  const { database } = first.hub;
  const recording = runModule(
    `const { TraceCollector } = await import(process.argv[1]);
     const { startPipeline } = await import(new URL('pipeline/index.js', process.argv[1]));
     const collector = new TraceCollector({ capacity: 100_000 });
     const pipeline = await startPipeline({
       collector,
       service: 'behind',
       sink: { hub: { url: process.argv[2], key: process.argv[3] } },
     });
     for (let at = 0; at < 3_000; at++) {
       collector.recordNow('scheduling_decision', 'Scheduler', 'decision ' + at);
       if (at % 100 === 99) await new Promise((resolve) => setTimeout(resolve, 30));
     }
     await pipeline.close();
     console.log(JSON.stringify(pipeline.metrics()));`,
    {
      args: [DIST_URL, `https://localhost:${nginx.port}`, KEYS.ingest],
      env: { NODE_EXTRA_CA_CERTS: nginx.certificate },
    },
  );
  await eventually(async () => expect((await first.get('/stats')).json.events).toBeGreaterThan(0));
  await first.hub.close();
  const second = await startTestHub({
    database,
    port: nginx.hubPort,
    trustProxy: ['loopback'],
    allowHosts: [NAME],
  });
  const { code, stdout, stderr } = await recording;
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ lost: 0, lostErrors: 0 });
  // The pipeline's own lines about the hub that was away are events as well.
  const found = await second.get('/recent?component=Scheduler&limit=1');
  expect(found.json).toMatchObject({ count: 3_000, is_exact: true });
});
