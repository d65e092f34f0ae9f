import { afterEach, expect, it, vi } from 'vitest';
import { TraceCollector } from '../../src/collector/trace-collector.js';
import type { TraceEventInput } from '../../src/event/trace-event.js';
import { runModule } from '../support/child.js';

const collector = new TraceCollector({ capacity: 10 });
afterEach(() => vi.restoreAllMocks());

const minimal = { eventType: 't', component: 'c' };
const NANOS = 'int64 nanoseconds, without a fraction (bigint, safe integer, Timestamp or Duration)';
const SEVERITIES = 'one of Info, Warning, Error, Critical';

const refusals: [string, unknown, string][] = [
  ['no type', { component: 'c' }, 'eventType must be a non-empty string; got undefined'],
  [
    'an empty component',
    { ...minimal, component: '' },
    'component must be a non-empty string; got ""',
  ],
  ['a number as request', { ...minimal, requestId: 42 }, 'requestId must be a string; got 42'],
  ['a model object', { ...minimal, modelId: {} }, 'modelId must be a string; got an object'],
  [
    'an error as reason',
    { ...minimal, rationale: new Error() },
    'rationale must be a string; got an object',
  ],
  ['an id that is none', { ...minimal, eventId: 'x' }, 'eventId must be a UUID; got "x"'],
  [
    'milliseconds turned into a fraction',
    { ...minimal, durationNs: 0.1 * 1e6 + 0.5 },
    `durationNs must be ${NANOS}; got 100000.5`,
  ],
  ['a time as text', { ...minimal, timestampNs: '5' }, `timestampNs must be ${NANOS}; got "5"`],
  [
    'a severity of pino',
    { ...minimal, severity: 'fatal' },
    `severity must be ${SEVERITIES}; got "fatal"`,
  ],
  [
    'attributes as a list',
    { ...minimal, attributes: ['a'] },
    'attributes must be an object; got an array',
  ],
  ['no event', null, 'an event must be an object; got null'],
  [
    'a getter that throws',
    {
      ...minimal,
      get rationale() {
        throw new Error('mine');
      },
    },
    'an event must be readable; reading it threw "mine"',
  ],
];

it.each(refusals)(
  'record() says why it refuses %s, once, and the counters go on',
  (_, event, reason) => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const before = collector.stats().rejected;
    collector.record(event as TraceEventInput);
    collector.record(event as TraceEventInput);
    expect(collector.stats()).toMatchObject({
      rejected: before + 2,
      lastRejection: reason,
      recorded: 0,
    });
    expect(emitWarning.mock.calls).toEqual([
      [
        `record() refused an event: ${reason}. Further ones of this kind are only counted: stats().rejected`,
        { type: 'AegisTraceWarning', code: 'AEGIS_TRACE_REJECTED' },
      ],
    ]);
  },
);

it('an event recorded after close() is counted and said', () => {
  const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const closed = new TraceCollector({ capacity: 10 });
  closed.close();
  closed.record(minimal);
  const lastRejection = 'an event must be recorded before close(); it came after';
  expect(closed.stats()).toMatchObject({ rejected: 1, lastRejection });
  expect(emitWarning).toHaveBeenCalledOnce();
});

it('record() throws nothing where warnings do', () => {
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {
    throw new Error('a host of its own');
  });
  const other = new TraceCollector({ capacity: 10 });
  other.record({ ...minimal, eventId: null, timestampNs: true } as unknown as TraceEventInput);
  other.record({ ...minimal, attributes: 'text' } as unknown as TraceEventInput);
  expect(other.stats().rejected).toBe(2);
});

it.each(['error', 'ERROR', 'Error', 'eRRor'])('severity %s is Error', (severity) => {
  const other = new TraceCollector({ capacity: 10 });
  other.record({ ...minimal, severity: severity as 'Error' });
  expect(other.query({ minSeverity: severity as 'Error' })).toMatchObject([{ severity: 'Error' }]);
  expect(other.stats().rejected).toBe(0);
});

it('a person sees the reason on the terminal', async () => {
  const { stderr } = await runModule(`
    import { TraceCollector } from 'aegis-trace';
    const collector = new TraceCollector();
    for (let i = 0; i < 3; i++) collector.record({ eventType: 't', component: 'c', requestId: 42 });
  `);
  expect(
    stderr.match(
      /\[AEGIS_TRACE_REJECTED\] AegisTraceWarning: .*requestId must be a string; got 42/g,
    ),
  ).toHaveLength(1);
});
