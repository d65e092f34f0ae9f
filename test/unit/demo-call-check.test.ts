import { describe, expect, it } from 'vitest';
// @ts-expect-error: plain JavaScript
import { CallCheck } from '../../scripts/demo/call-check.mjs';

interface Call {
  eventId: string;
  process: string;
  parentId?: string;
  startNs: bigint;
  endNs: bigint;
  severity?: string;
}

const ADMIT: Call = { eventId: 'a', process: 'Admission.admit', startNs: 0n, endNs: 9n };
const ESTIMATE: Call = {
  eventId: 'b',
  process: 'Admission.estimate',
  parentId: 'a',
  startNs: 2n,
  endNs: 9n,
};

function checkOf(calls: Call[], decisions: string[] = []): CallCheck {
  const check = new CallCheck();
  for (const { eventId, process, parentId, startNs, endNs, severity = 'Info' } of calls) {
    const attributes =
      parentId === undefined ? { process } : { process, parent_event_id: parentId };
    check.add({ eventId, attributes, timestampNs: startNs, durationNs: endNs - startNs, severity });
  }
  for (const decision of decisions) check.expect(decision);
  return check;
}

describe('the tree of calls', () => {
  it('is whole when each call lies within its parent, in whatever order they were recorded', () => {
    expect(checkOf([ESTIMATE, ADMIT]).treeProblem()).toBeUndefined();
  });

  it.each<[string, Call[], string]>([
    ['lacks a parent', [ESTIMATE], 'Admission.estimate whose parent is missing'],
    [
      'has a call that began before its parent',
      [{ ...ESTIMATE, startNs: -1n }, ADMIT],
      'Admission.estimate that is not within its parent, Admission.admit',
    ],
    [
      'has a call that ended after its parent',
      [{ ...ESTIMATE, endNs: 10n }, ADMIT],
      'Admission.estimate that is not within its parent, Admission.admit',
    ],
    ['has a call that threw', [{ ...ADMIT, severity: 'Error' }], 'Admission.admit that failed'],
  ])('is broken when it %s', (_, calls, problem) => {
    expect(checkOf(calls).treeProblem()).toBe(`has a call of ${problem}`);
  });
});

describe('the number of calls', () => {
  it('is that of the decisions; a run ends in work_finished or in a preemption', () => {
    const run = (eventId: string): Call => ({ ...ADMIT, eventId, process: 'Worker.run' });
    const decisions = ['admission_result', 'work_quantum', 'preemption', 'work_finished'];
    expect(checkOf([ADMIT, run('x'), run('y')], decisions).countProblem(false)).toBeUndefined();
    expect(checkOf([ADMIT, run('x')], decisions).countProblem(false)).toBe(
      'has 1 calls of Worker.run; its decisions say 2',
    );
  });

  it('may be none for a request that was not sampled, but not some', () => {
    const decisions = ['admission_result', 'scheduling_decision'];
    expect(checkOf([], decisions).countProblem(true)).toBeUndefined();
    expect(checkOf([], decisions).countProblem(false)).toMatch(/^has 0 calls of Admission.admit/);
    expect(checkOf([ADMIT], decisions).countProblem(true)).toMatch(
      /^has 0 calls of Scheduler.place/,
    );
  });
});
