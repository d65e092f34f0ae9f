import { expect, it } from 'vitest';
import { DIST_URL, runModule } from '../support/child.js';

const MONITOR = new URL('../../dist/monitor/index.js', import.meta.url).href;

it('a million monitored operations grow memory by less than 5 MB', async () => {
  const source = `
    const { TraceCollector } = await import(${JSON.stringify(DIST_URL)});
    const { monitor, monitorStats } = await import(${JSON.stringify(MONITOR)});
    const collector = new TraceCollector({ capacity: 10_000 });
    const wrap = monitor({ collector, sampleRate: 0.9 });
    const leaf = wrap(function leaf(request) { return { score: request.n / 2 }; });
    const values = wrap(function* values(n) { yield n; });
    const work = wrap(async function work(n) {
      const { score } = leaf({ n, id: 'r' + n, token: 'x' });
      for (const value of values(n)) if (value !== n) throw new Error('wrong');
      await null;
      if (n % 100 === 0) throw new Error('own');
      return score;
    });
    const run = async (count) => {
      for (let n = 0; n < count; n++) {
        try { await work(n); } catch {}
        if (n % 10_000 === 0) await new Promise(setImmediate);
      }
    };
    const used = async () => {
      for (let i = 0; i < 5; i++) { await new Promise(setImmediate); gc(); }
      const { heapUsed, external, rss } = process.memoryUsage();
      return { heap: heapUsed + external, rss };
    };
    // V8 enlarges its young generation in steps; what grows behind it would be ours.
    await run(500_000);
    const before = await used();
    await run(1_000_000);
    const after = await used();
    console.log(JSON.stringify({ heapMb: (after.heap - before.heap) / 1e6, rssMb: (after.rss - before.rss) / 1e6, ...monitorStats() }));`;
  const { stdout, stderr } = await runModule(source, { flags: ['--expose-gc'] });
  expect(stderr).toBe('');
  const grown = JSON.parse(stdout) as Record<string, number>;
  expect(grown).toMatchObject({ open: 0, failures: 0 });
  expect(grown.heapMb).toBeLessThan(1);
  expect(grown.rssMb).toBeLessThan(5);
}, 400_000);
