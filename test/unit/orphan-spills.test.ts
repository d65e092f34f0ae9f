import { expect, it } from 'vitest';
import { TraceError } from '../../src/errors.js';
import type { EventSink } from '../../src/event/event-sink.js';
import { OrphanSpills, type SpillFile } from '../../src/pipeline/orphan-spills.js';
import { makeRecorded, makeRun } from '../support/recorded-events.js';

/** A file of so many events that fails at one of its calls. */
function fileOf(events: number, failing?: 'second peek' | 'remove') {
  const calls: string[] = [];
  let left = events;
  let peeks = 0;
  const fail = () => {
    throw new TraceError('ERR_TRACE_SPILL', 'cannot read a.spill: Input/output error');
  };
  const file: SpillFile = {
    run: makeRun(),
    skipped: 0,
    peek: (max) => {
      if (++peeks === 2 && failing === 'second peek') fail();
      return Array.from({ length: Math.min(max, left) }, (_, i) => makeRecorded(i));
    },
    acknowledge: () => {
      left = 0;
    },
    remove: () => (failing === 'remove' ? fail() : void calls.push('removed')),
    close: () => void calls.push('closed'),
  };
  return { file, calls };
}

it.each(['second peek', 'remove'] as const)(
  'a spill file whose disk fails at the %s does not hold up the next one, nor is the sink blamed',
  async (failing) => {
    const bad = fileOf(3, failing);
    const good = fileOf(2);
    const files = [bad.file, good.file];
    const problems: string[] = [];
    const left = new OrphanSpills(
      () => files.shift(),
      ({ message }) => problems.push(message),
    );
    const stored: number[] = [];
    const sink: EventSink = {
      append: async (_, events) => {
        stored.push(events.length);
        return { inserted: events.length, duplicates: 0, rejected: [] };
      },
      close: async () => undefined,
    };
    while (await left.takeIn(sink, 10));
    expect(stored).toEqual([3, 2]);
    expect(left.recovered).toBe(5);
    expect(problems).toEqual(['cannot read a.spill: Input/output error']);
    expect([bad.calls, good.calls]).toEqual([['closed'], ['removed']]);
  },
);
