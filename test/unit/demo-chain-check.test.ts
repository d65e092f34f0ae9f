import { describe, expect, it } from 'vitest';
// @ts-expect-error: plain JavaScript
import { accountProblems, ChainCheck } from '../../scripts/demo/proof/chain-check.mjs';

type Step = [eventType: string, attributes: Record<string, string>];

const DEADLINE = { deadline_ns: '1000' };
const ADMITTED: Step = ['admission_result', { result: 'admitted', ...DEADLINE }];
const DECISION: Step = ['scheduling_decision', { worker: '1', ...DEADLINE }];
const QUANTUM: Step = ['work_quantum', { worker: '1', work_ns: '7', done_ns: '7' }];
const FINISHED: Step = ['work_finished', { worker: '1' }];
const PREEMPTED: Step = ['preemption', { worker: '1' }];
const MISS: Step = ['deadline_miss', DEADLINE];
const completion = (result: string, slack_ns: string, work_ns = '7'): Step => [
  'completion',
  { result, slack_ns, work_ns, ...DEADLINE },
];
const ON_TIME = [ADMITTED, DECISION, QUANTUM, FINISHED, completion('on_time', '5')];

function check(steps: Step[], { dropped = 0, startNs = 0n, recovered = {} } = {}) {
  // No step of these is a call: as of a request that was not sampled. demo-call-check.test.ts has the others.
  const chains = new ChainCheck({ dropped, recovered }, 0.5);
  for (const [index, [eventType, attributes]] of steps.entries()) {
    const timestampNs = startNs + BigInt(index);
    chains.add({ eventType, attributes, timestampNs, requestId: 'abcdef0123456789', modelId: 'm' });
  }
  return chains.verdict();
}

describe('a whole chain', () => {
  it.each<[string, Step[], bigint]>([
    ['on time', ON_TIME, 0n],
    [
      'preempted and resumed by another worker',
      [
        ...[ADMITTED, DECISION, QUANTUM, PREEMPTED],
        ['scheduling_decision', { worker: '2', ...DEADLINE }],
        ['work_quantum', { worker: '2', work_ns: '3', done_ns: '10' }],
        ['work_finished', { worker: '2' }],
        completion('on_time', '5', '10'),
      ],
      0n,
    ],
    [
      'late while it waits',
      [ADMITTED, MISS, DECISION, QUANTUM, FINISHED, completion('late', '-5')],
      1_000n,
    ],
    [
      'late when it had just finished',
      [ADMITTED, DECISION, QUANTUM, FINISHED, MISS, completion('late', '-5')],
      1_000n,
    ],
  ])('%s', (_, steps, startNs) => {
    const verdict = check(steps, { startNs });
    expect(verdict).toMatchObject({ admitted: 1, complete: 1, problemCount: 0 });
  });

  it('of a rejected request is its rejection', () => {
    const rejected: Step = ['admission_result', { result: 'rejected', ...DEADLINE }];
    expect(check([rejected])).toMatchObject({ admitted: 0, rejected: 1, problemCount: 0 });
    expect(check([rejected, DECISION]).problems).toEqual([
      'request abcdef01 has scheduling_decision while it is rejected',
    ]);
  });
});

describe('a gap', () => {
  it.each(ON_TIME.map((step, index) => [step[0], index]))(
    'is seen when %s is missing',
    (_, index) => {
      expect(check(ON_TIME.filter((_step, at) => at !== index)).problemCount).toBe(1);
    },
  );

  it.each(ON_TIME.map((step, index) => [step[0], index]))(
    'is seen when %s comes twice',
    (_, index) => {
      const twice = ON_TIME.flatMap((step, at) => (at === index ? [step, step] : [step]));
      expect(check(twice).problemCount).toBe(1);
    },
  );

  it.each<[string, Step[], string]>([
    [
      'work by a worker that was not given it',
      [ADMITTED, DECISION, ['work_quantum', { worker: '2', work_ns: '7', done_ns: '7' }]],
      'was given to worker 1; worker 2 has it',
    ],
    ['a miss before the deadline', [ADMITTED, MISS], 'missed its deadline before it had passed'],
    [
      'a late completion without a miss',
      [...ON_TIME.slice(0, -1), completion('late', '-5')],
      'completed late against its deadline_miss',
    ],
    [
      'a completion with less work than needed',
      [...ON_TIME.slice(0, -1), completion('on_time', '5', '8')],
      'got 7 ns of work; needs 8',
    ],
    [
      'a deadline that moves',
      [ADMITTED, ['scheduling_decision', { worker: '1', deadline_ns: '2000' }]],
      'changed its deadline from 1000 to 2000',
    ],
    ['an event nobody knows', [ADMITTED, ['magic', {}]], 'has an unknown event magic'],
  ])('%s', (_, steps, problem) => {
    expect(check(steps).problems).toEqual([`request abcdef01 ${problem}`]);
  });

  it('is no gap where the ring has dropped the beginning', () => {
    const verdict = check(ON_TIME.slice(2), { dropped: 2 });
    expect(verdict).toMatchObject({ admitted: 0, cut: 1, problemCount: 0 });
  });

  it('is still one where the end is missing: drops take the oldest', () => {
    expect(check(ON_TIME.slice(0, 3), { dropped: 2 }).problems).toEqual([
      'request abcdef01 ends running, not completed',
    ]);
  });
});

describe('C14: a chain that ends where the process was killed', () => {
  const recovered = { closedWallNs: 0n };
  const startNs = 1_000n;

  it.each<[string, number]>([
    ['waiting', 1],
    ['running', 2],
    ['running', 3],
    ['finished', 4],
  ])('is in flight, %s, with %i steps', (state, steps) => {
    const verdict = check(ON_TIME.slice(0, steps), { startNs, recovered });
    expect(verdict).toMatchObject({ admitted: 1, complete: 0, problemCount: 0 });
    const [request] = verdict.inFlight;
    expect(request).toMatchObject({ state, modelId: 'm', isLate: false, sinceNs: startNs });
    expect(request.atNs).toBe(startNs + BigInt(steps - 1));
    expect(request.events).toBe(steps);
  });

  it('is answered, or rejected, like any other', () => {
    expect(check(ON_TIME, { recovered })).toMatchObject({ complete: 1, inFlight: [] });
    const rejected: Step = ['admission_result', { result: 'rejected', ...DEADLINE }];
    expect(check([rejected], { recovered })).toMatchObject({ rejected: 1, inFlight: [] });
  });

  it('is a gap where something is missing before its end', () => {
    for (const index of [0, 1, 2, 3]) {
      const steps = ON_TIME.filter((_, at) => at !== index);
      expect(check(steps, { recovered })).toMatchObject({ problemCount: 1, inFlight: [] });
    }
  });

  it('is one in the ring of a process that was not killed', () => {
    expect(check(ON_TIME.slice(0, 3), { recovered: { closedWallNs: 1n } }).problems).toEqual([
      'request abcdef01 ends running, not completed',
    ]);
  });
});

it('events of the pipeline itself are of no chain', () => {
  const chains = new ChainCheck({ dropped: 0 });
  chains.add({ eventType: 'sink_down', component: 'aegis.pipeline', requestId: '' });
  expect(chains.verdict()).toMatchObject({ own: 1, admitted: 0, problemCount: 0 });
});

it('a chain without calls is a gap where every request is monitored', () => {
  const chains = new ChainCheck({ dropped: 0 });
  for (const [index, [eventType, attributes]] of ON_TIME.entries()) {
    chains.add({
      eventType,
      attributes,
      timestampNs: BigInt(index),
      requestId: 'abcdef0123456789',
    });
  }
  expect(chains.verdict().problems).toEqual([
    'request abcdef01 has 0 calls of Admission.admit; its decisions say 1',
  ]);
});

describe('accountProblems', () => {
  const verdict = { admitted: 5, complete: 5, late: 1, rejected: 2 };
  const counts = { admitted: 5, rejected: 2, late: 1 };
  const ran = (...calls: number[]) => ({
    counts,
    recorders: calls.map((each) => ({ calls: each, failures: 0 })),
  });
  const metadata = { recorded: 40, rejected: 0, truncated: 0, dropped: 0 };

  it('is content when the threads and the export tell the same story', () => {
    expect(accountProblems(verdict, ran(30, 10), metadata)).toEqual([]);
  });

  it('names every number that differs', () => {
    expect(accountProblems({ ...verdict, admitted: 4 }, ran(31, 10), metadata)).toEqual([
      'events recorded: the run counted 41, the export 40',
      'requests admitted: the run counted 5, the export 4',
    ]);
  });

  it('wants every call recorded', () => {
    const failed = { counts, recorders: [{ calls: 40, failures: 2 }] };
    expect(accountProblems(verdict, failed, metadata)).toEqual(['2 calls could not be recorded']);
  });

  it('does not expect dropped chains, but some', () => {
    const dropped = { ...metadata, dropped: 10 };
    expect(accountProblems({ ...verdict, admitted: 3 }, ran(30, 10), dropped)).toEqual([]);
    const none = { ...verdict, admitted: 0, complete: 0 };
    expect(accountProblems(none, ran(30, 10), dropped)).toHaveLength(1);
  });
});
