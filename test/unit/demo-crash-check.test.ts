import { describe, expect, it } from 'vitest';
// @ts-expect-error: plain JavaScript
import { crashProblems } from '../../scripts/demo/proof/crash-check.mjs';

const THREADS = 2;
const RETURNED = ['a', 'b', 'c', 'd'];

/** What a run leaves whose ring has five events, of which four had returned, and whose database has three. */
function remains() {
  return {
    trace: {
      metadata: {
        recorded: 5,
        dropped: 0,
        rejected: 0,
        truncated: 0,
        recovered: { closedWallNs: 0n, skippedRecords: 0, skippedChunks: 0 },
      },
      verdict: { own: 0, problems: [] as string[], problemCount: 0, openCalls: 1 },
      kept: new Set(['a', 'b', 'c', 'd', 'e']),
    },
    stored: {
      ...{ rows: 3, errors: 1, unlike: 0, strangers: 0 },
      eventIds: new Set(['a', 'b', 'c']),
      problems: [] as string[],
    },
    returned: [...RETURNED],
    flushed: { events: 3, errors: 1, lost: 0 },
  };
}
type Remains = ReturnType<typeof remains>;

it('C14, P2: a crash that has taken nothing', () => {
  expect(crashProblems(remains(), THREADS)).toEqual([]);
});

it('what the ring dropped, it dropped by design', () => {
  const left = remains();
  left.trace.kept.delete('a');
  left.trace.metadata.dropped = 1;
  expect(crashProblems(left, THREADS)).toEqual([]);
});

describe('C14, P2: it is seen when', () => {
  it.each<[string, (left: Remains) => void, string]>([
    [
      'an event whose record() had returned is not in the ring',
      ({ trace }) => trace.kept.delete('b'),
      '1 events were recorded and are not in the ring; it dropped 0',
    ],
    [
      'the ring counts fewer events than were recorded',
      ({ trace }) => {
        trace.metadata.recorded = 3;
      },
      'the ring counts 3 events; record() had returned 4 times',
    ],
    [
      'the ring has more than each thread can have been about to return from',
      ({ trace }) => {
        trace.metadata.recorded = 7;
      },
      'the ring counts 7 events; record() had returned 4 times',
    ],
    [
      'the ring is torn',
      ({ trace }) => {
        trace.metadata.recovered.skippedRecords = 1;
        trace.metadata.dropped = 1;
      },
      '1 records and 0 chunks of the ring are damaged',
    ],
    [
      'an event was not taken',
      ({ trace }) => {
        trace.metadata.rejected = 1;
      },
      '1 events were not taken whole',
    ],
    [
      'the ring was closed',
      ({ trace }) => {
        trace.metadata.recovered.closedWallNs = 5n;
      },
      'the ring was closed: nothing has crashed',
    ],
    [
      'a chain has a gap',
      ({ trace }) => {
        trace.verdict.problems = ['request x has a gap'];
        trace.verdict.problemCount = 1;
      },
      'request x has a gap',
    ],
    [
      'more calls were under way than there are threads',
      ({ trace }) => {
        trace.verdict.openCalls = 3;
      },
      '3 calls had not ended, of 2 threads',
    ],
    [
      'an event that was flushed is not in the database',
      ({ stored }) => {
        stored.eventIds.delete('b');
        stored.rows = 2;
      },
      '1 events that had been flushed are not in the database',
    ],
    [
      'an error that was acknowledged is not',
      ({ flushed }) => {
        flushed.errors = 2;
      },
      '2 errors were acknowledged; the database has 1',
    ],
    [
      'the database is damaged',
      ({ stored }) => stored.problems.push('row 7 missing from index'),
      'row 7 missing from index',
    ],
    [
      'an event is stored twice',
      ({ stored }) => {
        stored.rows = 4;
      },
      '1 rows are of an event stored twice',
    ],
    [
      'a row is not what was recorded',
      ({ stored }) => {
        stored.unlike = 1;
      },
      '1 rows differ from the event in the ring',
    ],
    [
      'a row is of no event',
      ({ stored }) => {
        stored.strangers = 1;
      },
      '1 rows are of no event in the ring, which has dropped 0',
    ],
  ])('%s', (_, damage, problem) => {
    const left = remains();
    damage(left);
    expect(crashProblems(left, THREADS)).toEqual([problem]);
  });

  it('nothing was recorded at all', () => {
    const left = remains();
    left.returned = [];
    left.flushed.events = 0;
    left.trace.metadata.recorded = 0;
    expect(crashProblems(left, THREADS)).toEqual(['nothing was recorded before the crash']);
  });
});
