import { expect, it } from 'vitest';
import { simulate } from '../support/pipeline-simulation.js';

const SEEDS = 10_000;

it('P1, P2: 10 000 lives of a pipeline on a failing disk lose and repeat nothing', async () => {
  const seen = { crashes: 0, failures: 0, flushed: 0, lost: 0, lostErrors: 0, spilled: 0 };
  let slowestMs = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const outcome = await simulate(seed);
    expect(outcome.problems, `seed ${seed}`).toEqual([]);
    slowestMs = Math.max(slowestMs, outcome.resumedAfterMs);
    for (const key of Object.keys(seen) as (keyof typeof seen)[]) seen[key] += outcome[key];
  }
  // On the clock of the simulation, in which nothing but the pipeline itself takes time.
  expect(slowestMs).toBeLessThan(2_000);
  for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(1_000);
}, 120_000);
