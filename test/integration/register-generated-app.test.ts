import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
// @ts-expect-error autocannon has no types
import autocannon from 'autocannon';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runProcess } from '../support/child.js';
import { ask, type Service, startService } from '../support/http-service.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const CLI = join(root, 'node_modules/fastify-cli');
const REGISTER = new URL('../../dist/context/register.js', import.meta.url).href;
const BOTH = [{ NODE_OPTIONS: '' }, { NODE_OPTIONS: `--import ${REGISTER}` }];

// Inside the project, where the application finds its packages.
let folder: string;
let services: Service[] = [];
beforeAll(() => {
  mkdirSync(join(root, 'build'), { recursive: true });
  folder = mkdtempSync(join(root, 'build/generated-app-'));
  // What `fastify generate` copies: an application with autoloaded plugins and routes, and its tests.
  cpSync(join(CLI, 'templates/app'), folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "commonjs" }');
});
afterAll(() => {
  for (const service of services) service.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('the tests that fastify-cli generates with its application end the same with register', async () => {
  const tests = ['routes/root', 'routes/example', 'plugins/support'].map((name) =>
    join(folder, `test/${name}.test.js`),
  );
  const outcomes = await Promise.all(
    BOTH.map(async (env) => {
      const reporter = ['--test', '--test-reporter=tap'];
      const end = await runProcess(process.execPath, [...reporter, ...tests], env);
      const lines = end.stdout
        .split('\n')
        .filter((line) => /^# (?!duration)|^(not )?ok /.test(line));
      return { code: end.code, stderr: end.stderr, lines: lines.toSorted() };
    }),
  );
  expect(outcomes[1]).toEqual(outcomes[0]);
  expect(outcomes[0]).toMatchObject({ code: 0, stderr: '' });
  expect(outcomes[0]?.lines).toContain('# pass 3');
});

it('the application answers the same with register, also under load', async () => {
  const env = { AEGIS_TEST_APP: folder };
  services = await Promise.all(
    [false, true].map((register) => startService('generated-app-service.mjs', { register, env })),
  );
  const answers = (path: string, method = 'GET') =>
    Promise.all(
      services.map(async ({ port }) => {
        const { headers, ...rest } = await ask(port, { path, method });
        return { ...rest, headers: headers.filter(([name]) => name.toLowerCase() !== 'date') };
      }),
    );
  for (const [path, method] of [
    ['/'],
    ['/example'],
    ['/example', 'HEAD'],
    ['/absent'],
    ['/', 'PUT'],
  ]) {
    const [bare, traced] = await answers(path as string, method);
    expect(traced).toEqual(bare);
  }
  const [bare] = await answers('/');
  expect(bare?.status).toBe(200);
  const result = await autocannon({
    url: `http://127.0.0.1:${services[1]?.port}/`,
    connections: 20,
    amount: 2_000,
    expectBody: bare?.body,
  });
  expect(result).toMatchObject({ '2xx': 2_000, errors: 0, mismatches: 0, non2xx: 0, timeouts: 0 });
});
