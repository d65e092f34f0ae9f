import { describe, expect, it } from 'vitest';
// @ts-expect-error: plain JavaScript
import { CallCheck } from '../../scripts/demo/proof/call-check.mjs';

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

function checkOf(calls: Call[], decisions: string[] = [], isKilled = false): CallCheck {
  const check = new CallCheck(isKilled);
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

describe('C14: of a request whose process was killed', () => {
  const killed = (calls: Call[], decisions: string[] = []) => checkOf(calls, decisions, true);
  const run = (eventId: string): Call => ({ ...ADMIT, eventId, process: 'Worker.run' });

  it('a call may have been under way: the calls and decisions in it are there, it is not', () => {
    const check = killed([ESTIMATE], ['admission_result']);
    expect(check.treeProblem()).toBeUndefined();
    expect(check.countProblem(false)).toBeUndefined();
    expect(check.openCount).toBe(1);
  });

  it('no second one may: a request is in the hands of one thread', () => {
    const other: Call = { ...ESTIMATE, eventId: 'c', parentId: 'x' };
    expect(killed([ESTIMATE, other]).treeProblem()).toMatch(/^lacks 2 calls;/);
    expect(killed([ADMIT], ['work_finished', 'completion']).treeProblem()).toMatch(
      /^lacks 2 calls/,
    );
  });

  it('a run may have ended whose preemption the scheduler had not recorded yet, no other call', () => {
    const decisions = ['admission_result'];
    expect(killed([ADMIT, run('x')], decisions).countProblem(false)).toBeUndefined();
    expect(killed([ADMIT, run('x'), run('y')], decisions).countProblem(false)).toBe(
      'has 2 calls of Worker.run; its decisions say 0',
    );
    expect(killed([ADMIT, { ...ADMIT, eventId: 'z' }], decisions).countProblem(false)).toBe(
      'has 2 calls of Admission.admit; its decisions say 1',
    );
  });

  it('what is there must still be within its parent', () => {
    const outside = { ...ESTIMATE, endNs: 10n };
    expect(killed([outside, ADMIT]).treeProblem()).toMatch(/not within its parent/);
  });
});
