// The process may end at any point, and the addon may be loaded in any thread first.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { type ChildEnd, DIST_URL, repeat, runModule } from '../support/child.js';
import { makeTestFolder } from '../support/write-export.js';

const WORKER = fileURLToPath(new URL('../support/recording-worker.mjs', import.meta.url));

/** What every module below begins with. */
const SETUP = `
  import { Worker } from 'node:worker_threads';
  import { once } from 'node:events';
  const [, dist, path] = process.argv;
  const start = async (workerData) => {
    const worker = new Worker(${JSON.stringify(WORKER)}, { workerData, execArgv: [] });
    await once(worker, 'message');
    return worker;
  };
`;

const run = (source: string, path = ''): Promise<ChildEnd> =>
  runModule(SETUP + source, { args: [DIST_URL, path] });

const ended = (code: number, stdout = '') => ({ code, signal: null, stdout, stderr: '' });

it('C13: process.exit with 4 recording workers, 50 times', async () => {
  await repeat(50, async () => {
    const end = await run(`
      const { TraceCollector } = await import(dist);
      const collector = new TraceCollector({ capacity: 1_000 });
      const handle = collector.share();
      await Promise.all(
        [1, 2, 3, 4].map((name) => start({ task: 'recordForever', handle, name: String(name) })),
      );
      process.exit(7);
    `);
    expect(end).toEqual(ended(7));
  });
}, 120_000);

it('C13: process.exit with recording workers when the addon is loaded in workers only', async () => {
  await repeat(10, async () => {
    const end = await run(`
      await Promise.all(
        [1, 2, 3, 4].map(() => start({ task: 'recordForever', capacity: 1_000 })),
      );
      process.exit(7);
    `);
    expect(end).toEqual(ended(7));
  });
});

it('C13: process.exit in the midst of an export and a query leaves no crash', async () => {
  const folder = makeTestFolder();
  await repeat(10, async (index) => {
    const source = `
      const { TraceCollector } = await import(dist);
      const collector = new TraceCollector({ capacity: 50_000 });
      for (let i = 0; i < 50_000; i++) collector.recordNow('t', 'c', 'event ' + i);
      const handle = collector.share();
      await start({ task: 'exportForever', handle, path: path + '.worker' });
      void collector.exportJson(path);
      void collector.queryAsync();
      setImmediate(() => process.exit(7));
    `;
    expect(await run(source, join(folder.path, `${index}.json`))).toEqual(ended(7));
  });
  folder.remove();
});

it('C13: an addon loaded in workers only keeps its state when one of them ends', async () => {
  const end = await run(`
    const first = await start({ task: 'recordThenWait', capacity: 100, count: 50 });
    await first.terminate();
    for (let round = 0; round < 20; round++) {
      const worker = await start({ task: 'recordForever', capacity: 1_000 });
      await worker.terminate();
    }
    const { TraceCollector } = await import(dist);
    const collector = new TraceCollector({ capacity: 10 });
    collector.recordNow('t', 'c');
    process.stdout.write(String(collector.size));
  `);
  expect(end).toEqual(ended(0, '1'));
});

it('C13: an addon loaded in workers only stays loaded when they have ended', async () => {
  // C++ code may have retained a ring: see native/include/aegis/trace/abi.h.
  const end = await run(`
    import { readFileSync } from 'node:fs';
    const isLoaded = () => readFileSync('/proc/self/maps', 'utf8').includes('aegis_trace.node');
    if (process.platform === 'linux') {
      const before = isLoaded();
      for (let round = 0; round < 3; round++) {
        // It records nothing: a thread's part of a ring would keep the addon loaded by itself.
        const worker = await start({ task: 'record', capacity: 10, count: 0 });
        await worker.terminate();
      }
      process.stdout.write(before + ' ' + isLoaded());
    } else {
      process.stdout.write('false true');
    }
  `);
  expect(end).toEqual(ended(0, 'false true'));
});

it('C13: a process that leaves collectors, readers and handles open ends by itself', async () => {
  const end = await run(`
    const { TraceCollector } = await import(dist);
    const collector = new TraceCollector({ capacity: 10 });
    const attached = TraceCollector.attach(collector.share());
    attached.reader().read();
    collector.nativeHandle();
    process.on('exit', () => {
      attached.recordNow('t', 'c');
      process.stdout.write(String(collector.size));
    });
  `);
  expect(end).toEqual(ended(0, '1'));
});

it('C13: closed collectors give their memory back, also those of workers that ended', async () => {
  // 20 MB a ring: kept, they would be 800 MB.
  const end = await run(`
    const { TraceCollector } = await import(dist);
    const grown = () => process.memoryUsage.rss() / 1e6;
    const fill = (collector) => {
      for (let i = 0; i < 40_000; i++) collector.recordNow('t', 'c', 'x'.repeat(400));
      return collector;
    };
    fill(new TraceCollector({ capacity: 40_000 })).close();
    const before = grown();
    for (let round = 0; round < 20; round++) {
      const collector = fill(new TraceCollector({ capacity: 40_000 }));
      const reader = collector.reader();
      reader.read(1);
      reader.close();
      collector.close();
    }
    for (let round = 0; round < 20; round++) {
      const worker = await start({
        task: 'recordThenWait', capacity: 200_000, count: 80_000, name: 'n'.repeat(250),
      });
      await worker.terminate();
    }
    process.stdout.write(grown() - before < 200 ? 'bounded' : 'grew by ' + (grown() - before));
  `);
  expect(end).toEqual(ended(0, 'bounded'));
});

it('C13: a collector that is garbage collected gives its memory back', async () => {
  const source = `
    const { TraceCollector } = await import(${JSON.stringify(DIST_URL)});
    let handle;
    (function () {
      const collector = new TraceCollector({ capacity: 10 });
      collector.recordNow('t', 'c');
      handle = collector.share();
    })();
    const attach = () => {
      try {
        TraceCollector.attach(handle).close();
        return 'open';
      } catch (error) {
        return error.code;
      }
    };
    const first = attach();
    for (let round = 0; round < 100 && attach() === 'open'; round++) {
      gc();
      await new Promise((resolve) => setImmediate(resolve));
    }
    process.stdout.write(first + ' ' + attach());
  `;
  const end = await runModule(source, { flags: ['--expose-gc'] });
  expect(end).toEqual(ended(0, 'open ERR_TRACE_HANDLE'));
});
