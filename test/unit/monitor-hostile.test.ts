import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TraceCollector } from '../../src/collector/trace-collector.js';
import { monitor, monitorStats, openOperations } from '../../src/monitor/index.js';
import { runModule } from '../support/child.js';
import { compare, hostileCall } from '../support/monitor-calls.js';

const RUNS = process.env.AEGIS_STRESS === '1' ? 100_000 : 900;

/** By identity; `toEqual` would look into the values. */
function same(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
}

describe('hostile calls', () => {
  it.each(['smart', 'inspect', 'json'] as const)(
    'bare and monitored agree in every observable, and each is recorded: %s',
    async (serializer) => {
      const collector = new TraceCollector({ capacity: 100 });
      const { failures } = monitorStats();
      let calls = 0;
      const property = fc.asyncProperty(hostileCall, async (call) => {
        if (call.kind !== 'new') calls++;
        const wrap = monitor({ serializer, collector, module: 'm' });
        const { bare, wrapped, seen, touchedBare, touchedWrapped } = await compare(call, wrap);
        expect(same(wrapped, bare)).toBe(true);
        expect(same(seen[1], seen[0])).toBe(true);
        expect(touchedWrapped).toBe(touchedBare);
      });
      await fc.assert(property, { numRuns: Math.ceil(RUNS / 3), endOnFailure: true });
      expect(monitorStats().failures).toBe(failures);
      expect(collector.stats()).toMatchObject({ recorded: calls, rejected: 0 });
      expect(openOperations()).toEqual([]);
      collector.close();
    },
  );
});

it('a module that has not run yet, of which not even the names can be read', async () => {
  const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const source = `
    const { TraceCollector } = await import(${url('../../dist/index.js')});
    const { monitor, monitorStats } = await import(${url('../../dist/monitor/index.js')});
    const collector = new TraceCollector();
    globalThis.look = (value) => {
      for (const serializer of ['smart', 'inspect', 'json']) monitor({ collector, serializer })((x, _y) => x)(value, 2);
    };
    await import(${url('../support/unfinished-module.mjs')});
    const args = collector.query().map(({ attributes }) => [attributes['arg.x'], attributes['arg._y']]);
    console.log(JSON.stringify([monitorStats().failures, args]));`;
  const { stdout, stderr } = await runModule(source);
  expect([stdout, stderr]).toEqual([
    `${JSON.stringify([
      0,
      [
        ['[Module]', '2'],
        ["'[Module]'", '2'],
        ['"[Module]"', '2'],
      ],
    ])}\n`,
    '',
  ]);
});
