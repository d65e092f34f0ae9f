// A process ends though something in it never comes to an end: a sink that hangs in a call of the system, a
// timer that records for ever, a module that is loaded in every thread. No time is measured; a process that
// has not ended after 20 s is killed, and then has the wrong exit code.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DIST_URL, runModule, runProcess } from '../support/child.js';
import { runToItsEnd } from '../support/ending-process.js';
import { numbersBelow, spilledIn } from '../support/pipeline-process.js';
import { makeTestFolder } from '../support/write-export.js';

const PRELOADED = new URL('../support/preloaded-pipeline.mjs', import.meta.url).href;
const PIPELINE_URL = new URL('../../dist/pipeline/index.js', import.meta.url).href;
const support = (name: string) => new URL(`../support/${name}`, import.meta.url).href;

it.concurrent.each([
  ['return', { code: 0, signal: null }],
  ['exit', { code: 7, signal: null }],
  ['uncaught', { code: 1, signal: null }],
  ['signal', { code: null, signal: 'SIGTERM' }],
  ['signalTwice', { code: null, signal: 'SIGTERM' }],
])(
  'P2: a sink that hangs in a call of the system does not hold the process: %s',
  async (end, by) => {
    const flushOnExit = { signals: true, timeoutMs: 600 };
    const left = await runToItsEnd({
      end,
      state: 'blocks',
      how: 'reads',
      options: { flushOnExit },
    });
    const { recorded, counted, spilled } = left;
    expect(left).toMatchObject(by);
    expect(counted).toBe(recorded);
    expect(spilled.toSorted()).toEqual(numbersBelow(recorded, 'errors').toSorted());
  },
);

it.concurrent.each([['down'], ['blocks']])(
  'P2: a timer that nobody waits for, and that records, does not keep a process alive whose sink is %s',
  async (how) => {
    const left = await runToItsEnd({ end: 'return', state: 'recording', how });
    const { recorded, counted, spilled } = left;
    expect(left).toMatchObject({ code: 0, signal: null, stored: [] });
    expect(counted).toBe(recorded);
    expect(spilled.toSorted()).toEqual(numbersBelow(recorded, 'errors').toSorted());
  },
);

it.concurrent.each([
  ['ending-sink.mjs', 'blocks'],
  ['ending-sink.mjs', 'reads'],
])(
  'P2: close({ timeoutMs }) of a sink that hangs resolves to false, with the errors in the spill: %s %s',
  async (name, how) => {
    const folder = makeTestFolder();
    try {
      const fifo = join(folder.path, 'fifo');
      await runProcess('mkfifo', [fifo]);
      const spillDirectory = join(folder.path, 'spill');
      const { stdout, stderr, code } = await runModule(
        `
        const [dist, pipelineUrl, module, how, fifo, spillDirectory] = process.argv.slice(1);
        const { TraceCollector } = await import(dist);
        const { startPipeline } = await import(pipelineUrl);
        const collector = new TraceCollector();
        const pipeline = await startPipeline({
          collector, spillDirectory, sink: { module, options: { path: fifo + '.out', fifo, how } },
        });
        const record = (count) => {
          for (let i = 0; i < count; i++) {
            collector.record({ eventType: 't', component: 'child', requestId: String(i), severity: 'Error' });
          }
        };
        record(10);
        await new Promise((resolve) => setTimeout(resolve, 200));
        const flush = pipeline.flush();
        console.log('closed', await pipeline.close({ timeoutMs: 50 }), await flush);
        record(3);
        console.log('unstored', pipeline.metrics().unstored, pipeline.metrics().spillPending);
        const code = await pipeline.flush().catch((error) => error.code);
        console.log(code);
        // The collector is free for another one.
        const next = await startPipeline({ collector, spillDirectory, sink: () => {} });
        console.log('next', await next.close());
        setTimeout(() => process.exit(99), 15_000).unref();
        process.on('exit', () => { console.log('exit'); process.exitCode = 5; });
        `,
        { args: [DIST_URL, PIPELINE_URL, support(name), how, fifo, spillDirectory] },
      );
      const lines = [
        'closed false false',
        'unstored 13 10',
        'ERR_TRACE_CLOSED',
        'next true',
        'exit',
        '',
      ];
      expect(stdout).toBe(lines.join('\n'));
      expect(code).toBe(5);
      expect(stderr).toMatch(/^(aegis-trace: 13 events were recorded and not stored .*\n)?$/);
      expect(spilledIn(spillDirectory).length).toBe(0); // the next one has taken them in
    } finally {
      folder.remove();
    }
  },
);

it.concurrent.each([
  ['NODE_OPTIONS=--import', { NODE_OPTIONS: `--import ${PRELOADED}` }, []],
  ['--import', {}, ['--import', PRELOADED]],
])(
  'a pipeline started by a module of %s is started once, not in its own thread too',
  async (_, env, flags) => {
    const folder = makeTestFolder();
    try {
      const log = join(folder.path, 'log');
      const flagged = { flags, env: { ...env, PRELOADED_LOG: log } };
      const { code, stderr } = await runModule('', flagged);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(readFileSync(log, 'utf8')).toBe('thread 0\n');
      expect(readFileSync(`${log}.0.jsonl`, 'utf8').split('\n').length).toBe(2);
    } finally {
      folder.remove();
    }
  },
);

it.concurrent('a pipeline is refused in the thread of a pipeline', async () => {
  const folder = makeTestFolder();
  try {
    const path = join(folder.path, 'log');
    const { code, stderr } = await runModule(
      `
      const [dist, pipelineUrl, module, path] = process.argv.slice(1);
      const { TraceCollector } = await import(dist);
      const { startPipeline } = await import(pipelineUrl);
      const collector = new TraceCollector({ capacity: 10 });
      await (await startPipeline({ collector, sink: { module, options: { path } } })).close();
      `,
      { args: [DIST_URL, PIPELINE_URL, support('starting-sink.mjs'), path] },
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(readFileSync(path, 'utf8')).toBe('ERR_TRACE_PIPELINE\n');
  } finally {
    folder.remove();
  }
});
