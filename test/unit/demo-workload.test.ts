import { expect, it } from 'vitest';
// @ts-expect-error: plain JavaScript
import { mergeWorkload, requestIdOf } from '../../scripts/demo/scheduler/workload.mjs';
// @ts-expect-error: plain JavaScript
import {
  generateWorkload,
  seededRandom,
} from '../../scripts/demo/scheduler/workload-generated.mjs';

const row = (arrivalNs: bigint, contextTokens = 1) => ({
  arrivalNs,
  contextTokens,
  generatedTokens: 2,
});

it('merges models by arrival, in the order of the models when two arrive at once', () => {
  const workload = mergeWorkload([
    { model: 'a', rows: [row(1_000n, 10), row(3_000n, 11)] },
    { model: 'b', rows: [row(1_000n, 20), row(2_000n, 21)] },
  ]);
  expect([...workload.contextTokens]).toEqual([10, 20, 21, 11]);
  expect([...workload.model]).toEqual([0, 1, 1, 0]);
  expect([...workload.arrivalNs]).toEqual([0, 0, 1_000, 2_000]);
  expect(workload.startNs).toBe(1_000n);
});

it('gives every request 32 hex digits of its own, the same each time', () => {
  const sources = [{ model: 'a', rows: Array.from({ length: 100 }, () => row(1n)) }];
  const idsOf = (salt: string) => {
    const workload = mergeWorkload(sources, salt);
    return Array.from({ length: workload.count }, (_, index) => requestIdOf(workload, index));
  };
  const ids = idsOf('x');
  expect(new Set(ids).size).toBe(100);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect(idsOf('x')).toEqual(ids);
  expect(idsOf('y')).not.toContain(ids[0]);
});

it('wants models with names of their own', () => {
  const source = { model: 'a', rows: [row(1n)] };
  expect(() => mergeWorkload([source, source])).toThrow('two workload files are named a');
});

it('generates the same hour from the same seed', () => {
  const first = generateWorkload(7);
  expect(generateWorkload(7)).toEqual(first);
  expect(generateWorkload(8)).not.toEqual(first);
});

it('generates about the load of the published hour, sorted, with bursts', () => {
  const [code, conversation] = generateWorkload(20231116);
  for (const { rows } of [code, conversation]) {
    const arrivals = rows.map((request: { arrivalNs: bigint }) => request.arrivalNs);
    expect(arrivals).toEqual(arrivals.toSorted((a: bigint, b: bigint) => (a < b ? -1 : 1)));
  }
  expect(code.rows.length).toBeGreaterThan(7_000);
  expect(code.rows.length).toBeLessThan(11_000);
  expect(conversation.rows.length).toBeGreaterThan(17_000);
  expect(conversation.rows.length).toBeLessThan(22_000);
  const perTenSeconds = new Map<bigint, number>();
  for (const { arrivalNs } of code.rows) {
    const slot = arrivalNs / 10_000_000_000n;
    perTenSeconds.set(slot, (perTenSeconds.get(slot) ?? 0) + 1);
  }
  const mean = code.rows.length / 360;
  expect(Math.max(...perTenSeconds.values())).toBeGreaterThan(3 * mean);
});

it('has a random generator that fills [0, 1) evenly', () => {
  const random = seededRandom(1);
  const tenths = new Array(10).fill(0);
  for (let i = 0; i < 10_000; i++) tenths[Math.floor(10 * random())]++;
  expect(tenths.length).toBe(10);
  for (const count of tenths) expect(Math.abs(count - 1_000)).toBeLessThan(150);
});
