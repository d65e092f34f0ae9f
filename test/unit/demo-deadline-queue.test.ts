import fc from 'fast-check';
import { expect, it } from 'vitest';
// @ts-expect-error: plain JavaScript
import { DeadlineQueue, outranks } from '../../scripts/demo/scheduler/deadline-queue.mjs';

interface Job {
  index: number;
  deadlineNs: number;
  late: boolean;
}

const job = (index: number, deadlineNs: number, late = false): Job => ({ index, deadlineNs, late });
const order = (queue: { jobs: readonly Job[] }) => queue.jobs.map(({ index }) => index);

it('keeps the earliest deadline first, ties in order of arrival', () => {
  const queue = new DeadlineQueue();
  for (const each of [job(3, 20), job(1, 30), job(2, 10), job(0, 20)]) queue.insert(each);
  expect(order(queue)).toEqual([2, 0, 3, 1]);
});

it('agrees with sorting after any inserts and removals', () => {
  const deadlines = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 60 });
  fc.assert(
    fc.property(deadlines, fc.infiniteStream(fc.boolean()), (values, removals) => {
      const queue = new DeadlineQueue();
      let model: Job[] = [];
      for (const [index, deadlineNs] of values.entries()) {
        const added = job(index, deadlineNs);
        queue.insert(added);
        model.push(added);
        if (removals.next().value !== true) continue;
        const removed = model[Math.floor(model.length / 2)] as Job;
        queue.remove(removed);
        model = model.filter((each) => each !== removed);
      }
      model.sort((a, b) => a.deadlineNs - b.deadlineNs || a.index - b.index);
      expect(queue.jobs).toEqual(model);
      expect(queue.size).toBe(model.length);
    }),
  );
});

it.each([
  ['an earlier deadline', job(1, 10), job(0, 20), true],
  ['a later deadline', job(0, 20), job(1, 10), false],
  ['an equal deadline that arrived first', job(0, 10), job(1, 10), true],
  ['itself', job(0, 10), job(0, 10), false],
  ['a deadline that can be kept, over one that has passed', job(1, 30), job(0, 10, true), true],
  ['a deadline that has passed, over one that can be kept', job(0, 10, true), job(1, 30), false],
  ['the earlier of two that have passed', job(0, 10, true), job(1, 30, true), true],
])('ranks by %s', (_, a, b, expected) => {
  expect(outranks(a, b)).toBe(expected);
});
