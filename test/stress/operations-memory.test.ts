import { expect, it } from 'vitest';
import { runModule } from '../support/child.js';

const CONTEXT = new URL('../../dist/context/index.js', import.meta.url).href;

it('a million operations grow memory by less than 5 MB', async () => {
  const source = `
    const { operation, getOperationId } = await import(${JSON.stringify(CONTEXT)});
    const failure = new Error('x');
    const work = operation('work', async (n) => {
      await null;
      if (n % 100 === 0) throw n % 200 === 0 ? failure : new Error('own');
      return getOperationId();
    });
    const run = async (count) => {
      for (let n = 0; n < count; n++) {
        try { await work(n); } catch {}
        if (n % 10_000 === 0) await new Promise((resolve) => setTimeout(work, 0, 1).unref() && setImmediate(resolve));
      }
    };
    const used = async () => {
      for (let i = 0; i < 5; i++) { await new Promise(setImmediate); gc(); }
      const { heapUsed, external, rss } = process.memoryUsage();
      return { heap: heapUsed + external, rss };
    };
    // V8 enlarges its young generation in steps until about here; what grows behind it would be ours.
    await run(1_500_000);
    const before = await used();
    await run(1_000_000);
    const after = await used();
    console.log(JSON.stringify({ heapMb: (after.heap - before.heap) / 1e6, rssMb: (after.rss - before.rss) / 1e6 }));`;
  const { stdout, stderr } = await runModule(source, { flags: ['--expose-gc'] });
  expect(stderr).toBe('');
  const grown = JSON.parse(stdout) as { heapMb: number; rssMb: number };
  expect(grown.heapMb).toBeLessThan(1);
  expect(grown.rssMb).toBeLessThan(5);
}, 120_000);
