import { describe, expect, it } from 'vitest';
// @ts-expect-error: plain JavaScript
import * as cost from '../../scripts/demo/scheduler/cost-model.mjs';
// @ts-expect-error: plain JavaScript
import { peakUtilisation, remainingNs } from '../../scripts/demo/scheduler/demand.mjs';

const AT = { nowNs: 1_000, workers: 1, quantumNs: 5, handoffNs: 0 };
const waiting = (deadlineNs: number, predictedNs: number) => ({
  deadlineNs,
  predictedNs,
  doneNs: 0,
  worker: -1,
  startedNs: 0,
});

describe('peakUtilisation', () => {
  it('is demand over time when nothing else is there', () => {
    const peak = peakUtilisation([], waiting(1_100, 40), AT);
    expect(peak).toEqual({ utilisation: 0.4, demandNs: 40, windowNs: 100 });
  });

  it('shares the demand among the workers', () => {
    const peak = peakUtilisation([], waiting(1_100, 40), { ...AT, workers: 4 });
    expect(peak.utilisation).toBe(0.1);
  });

  it('counts what is due before the candidate, and what is due at the same time', () => {
    const jobs = [waiting(1_050, 20), waiting(1_100, 30)];
    expect(peakUtilisation(jobs, waiting(1_100, 40), AT).demandNs).toBe(90);
  });

  it('finds the later deadline that the candidate would break', () => {
    const jobs = [waiting(1_200, 170)];
    const peak = peakUtilisation(jobs, waiting(1_100, 40), AT);
    expect(peak).toEqual({ utilisation: 210 / 200, demandNs: 210, windowNs: 200 });
  });

  it('ignores an earlier deadline, to which the candidate adds nothing', () => {
    const jobs = [waiting(1_010, 10)];
    expect(peakUtilisation(jobs, waiting(1_100, 10), AT).utilisation).toBe(0.2);
  });

  it('adds what it takes to hand each request over', () => {
    const at = { ...AT, handoffNs: 3 };
    expect(peakUtilisation([waiting(1_050, 20)], waiting(1_100, 40), at).demandNs).toBe(66);
  });

  it('is infinite when the candidate is due already', () => {
    const { utilisation } = peakUtilisation([], waiting(1_000, 1), AT);
    expect(utilisation).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('remainingNs', () => {
  it('is the prediction less what is done, in this run too', () => {
    const job = { ...waiting(2_000, 100), doneNs: 30 };
    expect(remainingNs(job, 1_000, 5)).toBe(70);
    expect(remainingNs({ ...job, worker: 0, startedNs: 980 }, 1_000, 5)).toBe(50);
  });

  it('is a quantum when the prediction is used up', () => {
    expect(remainingNs({ ...waiting(2_000, 100), doneNs: 100 }, 1_000, 5)).toBe(5);
  });
});

describe('the cost model', () => {
  it('scales with the speed, so that utilisation does not', () => {
    const slow = cost.workNs(cost.costModel(1), 1_000, 100);
    expect(slow).toBe(1_000 * 80_000 + 100 * 1_000_000);
    expect(cost.workNs(cost.costModel(100), 1_000, 100)).toBe(slow / 100);
  });

  it('never gives a request nothing to do', () => {
    expect(cost.workNs(cost.costModel(300), 0, 0)).toBe(1);
  });

  it('knows how many tokens are out after so much work', () => {
    const model = cost.costModel(1);
    expect(cost.tokensAfter(model, 1_000, 50_000_000)).toBe(0);
    expect(cost.tokensAfter(model, 1_000, 90_000_000)).toBe(10);
  });
});

it('predicts the mean of recent answers', () => {
  const predictor = new cost.TokenPredictor();
  expect(predictor.tokens).toBe(128);
  predictor.learn(10);
  expect(predictor.tokens).toBe(10);
  predictor.learn(30);
  expect(predictor.tokens).toBe(20);
  for (let i = 0; i < 1_000; i++) predictor.learn(500);
  expect(predictor.tokens).toBe(500);
});
