// The page without a browser: URLs, query lines, pages, live rows, times and the waterfall.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  WIDTH_MAX,
  WIDTH_MIN,
  widthsOf,
  withWidth,
} from '../../src/dashboard/logic/column-widths.js';
import { completionsOf } from '../../src/dashboard/logic/completion.js';
import { csvText } from '../../src/dashboard/logic/csv.js';
import {
  currentOf,
  FIRST_PAGE,
  popped,
  pushed,
  stackFor,
} from '../../src/dashboard/logic/cursor-stack.js';
import {
  amountText,
  countText,
  durationText,
  fullTimeText,
  rateText,
  timeText,
} from '../../src/dashboard/logic/format.js';
import { placedGraph, shownEdges } from '../../src/dashboard/logic/graph-layout.js';
import { LiveBuffer, ROWS_MAX } from '../../src/dashboard/logic/live-buffer.js';
import {
  excluding,
  includedValue,
  including,
  problemOf,
  termsOf,
} from '../../src/dashboard/logic/query-terms.js';
import { frozen, rangeName, timeOf } from '../../src/dashboard/logic/time-range.js';
import { placeOf, urlOf, type View, viewOf } from '../../src/dashboard/logic/view.js';
import { nextIn, rowsWith, waterfallOf } from '../../src/dashboard/logic/waterfall.js';
import type { StoredEvent } from '../../src/event/stored-event.js';
import { parseQueryLine } from '../../src/wire/query-line.js';

const urlFrom = (text: string) => new URL(text, 'http://hub');

describe('the URL', () => {
  it('is the whole view, for every id and value', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, unit: 'grapheme' }),
        fc.dictionary(
          fc.constantFrom('where', 'from', 'to', 'row', 'cols'),
          fc.string({ minLength: 1 }),
        ),
        (id, params) => {
          const view: View = { page: 'request', id, params };
          expect(viewOf(urlFrom(urlOf(view)))).toEqual(view);
        },
      ),
    );
    expect(urlOf({ page: 'overview', id: '', params: { from: '', to: '' } })).toBe('/ui/');
    expect(viewOf(urlFrom('/ui/nowhere'))).toMatchObject({ page: 'overview' });
    expect(viewOf(urlFrom('/ui/requests/%E0%A4%A'))).toMatchObject({ id: '%E0%A4%A' });
  });

  it('keeps the span of time from one page to the next, and nothing else', () => {
    const from: View = {
      page: 'events',
      id: '',
      params: { from: '-1h', where: 'status:ERR', row: 'x' },
    };
    expect(urlOf(placeOf('graph', from))).toBe('/ui/graph?from=-1h');
    expect(urlOf(placeOf('request', from, {}, 'a/b'))).toBe('/ui/requests/a%2Fb?from=-1h');
  });
});

describe('the widths of columns', () => {
  it('are kept for those that somebody has chosen, within bounds', () => {
    expect(withWidth('', 'process', 240.4)).toBe('process:240');
    expect(withWidth('process:240', 'detail', 5)).toBe(`process:240,detail:${WIDTH_MIN}`);
    expect(withWidth('process:240,detail:600', 'process', undefined)).toBe('detail:600');
    expect([...widthsOf('process:9999,x,:5,detail:-3,time:1e9,status:80')]).toEqual([
      ['process', WIDTH_MAX],
      ['status', 80],
    ]);
    expect(widthsOf('').size).toBe(0);
  });
});

it('rates are a second while there is one a second, else a minute', () => {
  expect(rateText(36_000, 3_600_000)).toBe('10/s');
  expect(rateText(12_345_000, 1_000_000)).toBe('12\u202f345/s');
  expect(rateText(900, 3_600_000)).toBe('0.25/s');
  expect(rateText(3, 60_000)).toBe('3.0/min');
  expect(rateText(1, 0)).toBe('1.0/s');
});

describe('the query line', () => {
  it('a value that is included or excluded is read back as that, whatever it is', () => {
    const field = fc.constantFrom('process', 'component', 'type');
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 40 }), field, (value, name) => {
        const line = including('status:ERR "out of memory"', name, value);
        const key = { process: 'process', component: 'component', type: 'eventType' }[
          name
        ] as string;
        expect(parseQueryLine(line)).toMatchObject({
          status: 'ERR',
          text: 'out of memory',
          [key]: value,
        });
        expect(parseQueryLine(excluding('', name, value)).not).toEqual([{ [key]: value }]);
        // Once more changes nothing, and the other way round takes its place.
        expect(including(line, name, value).split(' ').toSorted()).toEqual(
          line.split(' ').toSorted(),
        );
      }),
    );
    expect(including('process:a status:ERR', 'process', 'b')).toBe('status:ERR process:b');
    expect(including('process:a status:ERR', 'process', '')).toBe('status:ERR');
    expect(includedValue('process:a status:ERR', 'status')).toBe('ERR');
    expect(includedValue('', 'status')).toBeUndefined();
  });

  it('is cut at spaces that are in no quotes, and says where it is wrong', () => {
    expect(termsOf('a  "b c" process:"x y",z').map(({ text, at }) => [text, at])).toEqual([
      ['a', 0],
      ['"b c"', 3],
      ['process:"x y",z', 9],
    ]);
    expect(problemOf('status:ERR')).toBeUndefined();
    expect(problemOf('status:ERR proces:x')).toMatchObject({ at: 11, length: 6 });
    expect(problemOf('dur>5')?.message).toMatch(/^a duration has a number and a unit/);
  });

  it('is completed by its fields, then by values that are known', () => {
    const texts = (line: string, at = line.length, known = {}) =>
      completionsOf(line, at, known).items.map(({ text }) => text);
    expect(texts('')).toContain('process:');
    expect(texts('st')).toEqual(['status:']);
    expect(texts('-st')).toEqual(['-status:']);
    expect(texts('status:')).toEqual(['status:ERR', 'status:OK']);
    expect(texts('process:gp', 10, { process: ['api', 'my gpu', 'gpu.run'] })).toEqual([
      'process:gpu.run',
      'process:"my gpu"',
    ]);
    expect(completionsOf('dur>5ms sta x', 11, {})).toMatchObject({ from: 8, to: 11 });
    expect(texts('"free text')).toEqual([]);
  });
});

describe('pages', () => {
  it('know the way back that was gone, and of a link only the first one', () => {
    const third = pushed(pushed(FIRST_PAGE, 'a'), 'b');
    expect(currentOf(third)).toBe('b');
    expect(currentOf(popped(third))).toBe('a');
    expect(popped(FIRST_PAGE)).toEqual(FIRST_PAGE);
    expect(stackFor(third, 'a')).toEqual(['', 'a']);
    expect(stackFor(FIRST_PAGE, 'shared')).toEqual(['', 'shared']);
    expect(stackFor(third, '')).toEqual(FIRST_PAGE);
  });
});

describe('live rows', () => {
  it('are the newest, in order; what does not fit while it is paused is a gap', () => {
    const buffer = new LiveBuffer<number>();
    buffer.add([1, 2, 3]);
    const shown = () =>
      buffer.state.rows.map((row) => (row.kind === 'event' ? row.event : `${row.missed} missed`));
    expect(shown()).toEqual([3, 2, 1]);
    buffer.pause();
    buffer.add([4, 5]);
    buffer.miss(7);
    expect(shown()).toEqual([3, 2, 1]);
    expect(buffer.state).toMatchObject({ isPaused: true, waiting: 2 });
    buffer.resume();
    expect(shown()).toEqual(['7 missed', 5, 4, 3, 2, 1]);
    buffer.pause();
    buffer.add(Array.from({ length: ROWS_MAX + 20 }, (_, index) => index));
    buffer.resume();
    expect(buffer.state.rows).toHaveLength(ROWS_MAX);
    expect(shown()[0]).toBe(ROWS_MAX + 19);
    buffer.clear();
    expect(buffer.state).toEqual({ rows: [], isPaused: false, waiting: 0 });
  });

  it('of a thousand that come while it is paused the newest are shown, and all counted', () => {
    const buffer = new LiveBuffer<number>();
    buffer.pause();
    for (let index = 0; index < 1_000; index++) buffer.add([index]);
    expect(buffer.state.waiting).toBe(1_000);
    buffer.resume();
    const { rows } = buffer.state;
    expect(rows).toHaveLength(ROWS_MAX);
    expect(rows.every(({ kind }) => kind === 'event')).toBe(true);
  });
});

describe('numbers and times', () => {
  it('durations have three digits and a unit, at both ends of 64 bits', () => {
    expect(
      [0n, 1n, 999n, 1_000n, 45_600n, 1_234_567n, 58_000_000n, 1_500_000_000n, 90_000_000_000n].map(
        durationText,
      ),
    ).toEqual([
      '0 ns',
      '1 ns',
      '999 ns',
      '1.00 µs',
      '45.6 µs',
      '1.23 ms',
      '58.0 ms',
      '1.50 s',
      '1.50 min',
    ]);
    expect(durationText(2n ** 63n - 1n)).toBe('106752 d');
    expect(durationText(-1_500_000n)).toBe('-1.50 ms');
  });

  it('counts are in groups; one is one', () => {
    expect(countText(1_234_567).split('\u202f')).toEqual(['1', '234', '567']);
    expect(countText(9_223_372_036_854_775_807n)).toHaveLength(25);
    expect([amountText(1, 'event'), amountText(0, 'event')]).toEqual(['1 event', '0 events']);
  });

  it('wall times are exact to the microsecond, also before 1970 and beyond all dates', () => {
    const ns = 1_785_507_825_200_123_456n;
    expect(fullTimeText(ns, 'utc')).toBe('2026-07-31 14:23:45.200123 UTC');
    expect(timeText(ns, 'utc')).toBe('14:23:45.200');
    expect(fullTimeText(-1n, 'utc')).toBe('1969-12-31 23:59:59.999999 UTC');
    expect(fullTimeText(2n ** 63n - 1n, 'utc')).toMatch(/^2262-/);
  });

  it('a span is relative until it is shared', () => {
    const now = Date.parse('2026-07-31T12:00:00Z');
    expect(timeOf('-15m', now)).toBe(now - 900_000);
    expect(timeOf('', now)).toBeUndefined();
    expect(frozen('-1h', now)).toBe('2026-07-31T11:00:00.000Z');
    expect(frozen('2026-07-31T11:00:00.000Z', now + 1)).toBe('2026-07-31T11:00:00.000Z');
    expect([rangeName('-1h', ''), rangeName('-1h', 'x'), rangeName('-7m', '')]).toEqual([
      'Last hour',
      undefined,
      undefined,
    ]);
  });
});

it('a spreadsheet gets no formula', () => {
  expect(csvText(['a'], [['=1'], ['-5'], ['-5.5'], ['-x'], ['"']])).toBe(
    `a\r\n'=1\r\n-5\r\n-5.5\r\n'-x\r\n""""\r\n`,
  );
});

function stored(
  eventId: string,
  ms: number,
  more: Partial<StoredEvent['event']> = {},
): StoredEvent {
  const event = {
    eventId,
    eventType: 'function_call',
    component: 'c',
    timestampNs: 0n,
    durationNs: 0n,
    modelId: '',
    requestId: 'r',
    rationale: '',
    severity: 'Info' as const,
    attributes: {},
    ...more,
  };
  const status = event.severity === 'Info' ? 'OK' : 'ERR';
  return {
    run: 'r',
    lane: 0,
    sequence: 0,
    wallNs: BigInt(ms) * 1_000_000n,
    process: 'p',
    status,
    event,
  };
}

describe('the waterfall', () => {
  it('has each call under the one that made it, in the order of time, and where errors are', () => {
    const chain = [
      stored('d', 3, {
        eventType: 'decision',
        rationale: 'why',
        attributes: { within_event_id: 'b' },
      }),
      stored('a', 0, { durationNs: 10_000_000n }),
      stored('b', 1, {
        severity: 'Error',
        durationNs: 5_000_000n,
        attributes: { parent_event_id: 'a' },
      }),
    ];
    const { rows, lengthNs, errors } = waterfallOf(chain);
    expect(rows.map(({ stored: { event }, depth, kind }) => [event.eventId, depth, kind])).toEqual([
      ['a', 0, 'call'],
      ['b', 1, 'call'],
      ['d', 2, 'decision'],
    ]);
    expect([lengthNs, errors]).toEqual([10_000_000, [1]]);
    expect(rowsWith(rows, 'WHY')).toEqual([2]);
    expect([nextIn([1, 4], 1, 1), nextIn([1, 4], 4, 1), nextIn([1, 4], 4, -1)]).toEqual([
      4,
      undefined,
      1,
    ]);
  });

  it('ends for links in a circle, and for a chain of calls deeper than any stack', () => {
    const circle = [
      stored('a', 0, { attributes: { parent_event_id: 'b' } }),
      stored('b', 1, { attributes: { parent_event_id: 'a' } }),
    ];
    expect(waterfallOf(circle).rows).toHaveLength(2);
    const deep = Array.from({ length: 50_000 }, (_, index) =>
      stored(
        `e${index}`,
        index,
        index === 0 ? {} : { attributes: { parent_event_id: `e${index - 1}` } },
      ),
    );
    expect(waterfallOf(deep.toReversed()).rows.at(-1)?.depth).toBe(49_999);
  });
});

it('of a graph the busiest are drawn, or the neighbours of one; each has a place of its own', () => {
  const edge = (caller: string, callee: string, calls: number) => ({
    caller,
    callee,
    calls,
    errors: 0,
  });
  const edges = [edge('a', 'b', 5), edge('b', 'c', 3), edge('c', 'c', 9), edge('x', 'y', 1)];
  expect(shownEdges(edges, 'b')).toEqual([edges[0], edges[1]]);
  const many = Array.from({ length: 300 }, (_, index) => edge(`n${index}`, `n${index + 1}`, index));
  expect(
    new Set(shownEdges(many, '').flatMap(({ caller, callee }) => [caller, callee])).size,
  ).toBeLessThanOrEqual(100);
  const { nodes, edges: placed } = placedGraph(edges);
  expect(new Set(nodes.map(({ x, y }) => `${x} ${y}`)).size).toBe(5);
  expect(placed).toHaveLength(3);
});
