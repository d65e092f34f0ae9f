// Two installations of the package in one process, as dependency trees have them.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DIST_URL, runModule } from '../support/child.js';
import { copyPackage } from '../support/package-copy.js';
import { makeTestFolder, type TestFolder } from '../support/write-export.js';

let folder: TestFolder;
beforeEach(() => {
  folder = makeTestFolder();
});
afterEach(() => folder.remove());

/** Runs a module that finds both copies as `one` and `other`; returns what it prints as JSON. */
async function withTwoCopies(source: string): Promise<unknown> {
  const setup = `
    import { Worker } from 'node:worker_threads';
    import { once } from 'node:events';
    const urls = process.argv.slice(1, 3);
    const [one, other] = await Promise.all(urls.map((url) => import(url)));
    const failure = (action) => {
      try {
        action();
        return 'none';
      } catch (error) {
        return [error.code, error instanceof one.TraceError, error instanceof other.TraceError];
      }
    };
    const print = (value) => process.stdout.write(JSON.stringify(value));
  `;
  const args = [DIST_URL, copyPackage(folder.path, { addon: true })];
  const { stdout, ...end } = await runModule(setup + source, { args });
  expect(end).toEqual({ code: 0, signal: null, stderr: '' });
  return JSON.parse(stdout) as unknown;
}

it('C13: two copies of the addon keep their rings and error classes apart', async () => {
  const result = await withTwoCopies(`
    const [a, b] = [one, other].map(({ TraceCollector }) => new TraceCollector({ capacity: 5 }));
    for (let i = 0; i < 100; i++) {
      a.recordNow('t', 'a', String(i));
      b.recordNow('t', 'b', String(i));
      if (i % 10 === 0) b.clear();
    }
    print({
      distinct: one.TraceCollector !== other.TraceCollector,
      a: [a.stats().recorded, a.query().map(({ component }) => component).join('')],
      b: [b.stats().recorded, b.query().map(({ component }) => component).join('')],
      errors: [
        failure(() => new one.TraceCollector({ capacity: 0 })),
        failure(() => one.TraceCollector.attach({ aegisTraceCollector: 'none' })),
        failure(() => other.TraceCollector.attach({ aegisTraceCollector: 'none' })),
      ],
    });
  `);
  expect(result).toEqual({
    distinct: true,
    a: [100, 'aaaaa'],
    b: [100, 'bbbbb'],
    errors: [
      ['ERR_TRACE_OPTION', true, false],
      ['ERR_TRACE_HANDLE', true, false],
      ['ERR_TRACE_HANDLE', false, true],
    ],
  });
});

it('C13: a handle of the other copy is refused', async () => {
  const result = await withTwoCopies(`
    const collector = new one.TraceCollector({ capacity: 5 });
    const handle = collector.share();
    const foreign = failure(() => other.TraceCollector.attach(handle));
    one.TraceCollector.attach(handle).recordNow('t', 'c');
    print({ foreign, size: collector.size });
  `);
  expect(result).toEqual({ foreign: ['ERR_TRACE_HANDLE', false, true], size: 1 });
});

it('C13: workers of both copies record and end at any time', async () => {
  const result = await withTwoCopies(`
    const collectors = [one, other].map(
      ({ TraceCollector }) => new TraceCollector({ capacity: 1_000 }),
    );
    const body = \`
      const { workerData, parentPort } = require('node:worker_threads');
      import(workerData.url).then(({ TraceCollector }) => {
        const collector = TraceCollector.attach(workerData.handle);
        parentPort.postMessage('started');
        for (;;) collector.recordNow('t', 'worker');
      });
    \`;
    for (let round = 0; round < 5; round++) {
      const workers = collectors.map((collector, index) =>
        new Worker(body, {
          eval: true,
          execArgv: [],
          workerData: { url: urls[index], handle: collector.share() },
        }),
      );
      await Promise.all(workers.map((worker) => once(worker, 'message')));
      await Promise.all(workers.map((worker) => worker.terminate()));
    }
    print(collectors.map((collector) => {
      const { recorded, size, dropped } = collector.stats();
      return recorded === size + dropped && recorded >= 5;
    }));
  `);
  expect(result).toEqual([true, true]);
});

it('says what to do when there is no binary for this platform', async () => {
  const source = `
    await import(process.argv[1]).then(
      () => process.stdout.write('loaded'),
      ({ name, code, message, cause }) =>
        process.stdout.write(JSON.stringify({ name, code, message, cause: cause.message })),
    );
  `;
  const args = [copyPackage(folder.path, { addon: false })];
  const { stdout } = await runModule(source, { args });
  const error = JSON.parse(stdout) as Record<string, string>;
  expect(error).toMatchObject({ name: 'TraceError', code: 'ERR_TRACE_NATIVE' });
  expect(error.message).toContain(`could not be loaded for ${process.platform}-${process.arch}`);
  expect(error.message).toContain('npm run build');
  expect(error.cause).toMatch(/No native build was found/);
});

it('refuses a file that is no addon of ours with the same code', async () => {
  copyPackage(folder.path, { addon: true });
  folder.write('build/Release/aegis_trace.node', 'no shared library');
  const source = `
    await import(process.argv[1]).catch(({ code, cause }) =>
      process.stdout.write(code + ' ' + cause.code),
    );
  `;
  const url = new URL(`file://${folder.path}/dist/index.js`).href;
  const { stdout } = await runModule(source, { args: [url] });
  expect(stdout).toBe('ERR_TRACE_NATIVE ERR_DLOPEN_FAILED');
});
