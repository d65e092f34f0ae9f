import { ALERT_ACTIONS, ALERT_SEVERITIES } from '../../alerts/alert-rule.js';
import { ALERT_PHASES } from '../../alerts/alert-state.js';
import { SEVERITIES } from '../../event/severity.js';
import { GATE_MODES } from '../../gate/gate-config.js';
import { HEAT_CAUSES } from '../../gate/heat-map.js';
import { MISSING_REASONS } from '../completeness.js';
import { SCOPES } from '../options.js';
import { PROBLEMS } from '../problem.js';
import { count, event, int64, listOf, objectOf, text, uuid } from './event.js';

// What each path answers.

const next = {
  type: ['string', 'null'],
  description: 'The cursor of the next page of the same question.',
} as const;

const refused = objectOf({
  index: count,
  code: { enum: ['invalid', 'refused'] } as const,
  message: text,
});

export const ingestAnswer = objectOf(
  {
    accepted: count,
    inserted: count,
    duplicates: count,
    deduped: count,
    rejected: { type: 'array', items: refused } as const,
    suppressed: {
      ...count,
      description: 'Not stored, because the project of the key is off; 0 is left out.',
    } as const,
  },
  ['suppressed'],
);

const time = { type: 'string', description: 'ISO 8601, UTC.' } as const;

export const projectAnswer = objectOf({
  id: text,
  name: text,
  tracing_enabled: { type: 'boolean' } as const,
  created_at: time,
  updated_at: time,
  version: { ...count, description: 'Grows with each change.' } as const,
  etag: text,
  suppressed: {
    ...count,
    description: 'Events that were sent while it was off, and not stored, since the hub started.',
  } as const,
  processes: objectOf({
    listening: { ...count, description: 'Processes that have asked lately.' } as const,
    current: { ...count, description: 'Of these, those that know how it is now.' } as const,
    items: {
      type: 'array',
      description: 'None for a process that says which it is.',
      items: objectOf({ run: uuid, service: text, is_current: { type: 'boolean' } as const }, [
        'service',
      ]),
    } as const,
  }),
});

export const projectsAnswer = objectOf({
  items: { type: 'array', items: projectAnswer } as const,
});

export const switchAnswer = objectOf({
  status: { const: 'ok' } as const,
  tracing_enabled: { type: 'boolean' } as const,
  message: text,
});

export const recentAnswer = listOf(event, {
  next,
  count: { ...count, description: 'Of all that matches, up to 10000.' } as const,
  is_exact: { type: 'boolean' } as const,
});

const missingPart = objectOf(
  { run: uuid, service: text, reason: { enum: MISSING_REASONS }, events: count },
  ['run', 'service', 'events'],
);

const heatState = { enum: ['HOT', 'WARM', 'COLD'] } as const;

/** That a request was COLD: processes with a gate are asked for it now. */
export const hint = objectOf({
  previous_state: heatState,
  current_state: heatState,
  message: text,
  retry_after_seconds: count,
});

export const chainAnswer = objectOf(
  {
    id: text,
    items: { type: 'array', items: event } as const,
    complete: { enum: ['yes', 'no', 'unknown'] } as const,
    account: objectOf({ sources: count, missing: { type: 'array', items: missingPart } as const }),
    adaptive_hint: hint,
  },
  ['adaptive_hint'],
);

const rate = { type: 'number', minimum: 0, maximum: 1 } as const;
const mode = { enum: GATE_MODES } as const;
const ids = { type: 'array', items: text } as const;

export const tracingConfigAnswer = objectOf({
  mode,
  default_rate: rate,
  warm_rate: rate,
  hot_correlations: ids,
  hot_since: {
    type: 'array',
    items: count,
    description: 'Of each of them: names this time of being hot.',
  } as const,
  warm_correlations: ids,
  etag: text,
});

export const tracingStatusAnswer = objectOf({
  mode,
  hot: count,
  warm: count,
  listeners: {
    type: 'array',
    items: objectOf({ run: uuid, service: text, is_live: { type: 'boolean' } as const }, [
      'service',
    ]),
  } as const,
  items: {
    type: 'array',
    items: objectOf(
      {
        id: text,
        state: { enum: ['HOT', 'WARM'] } as const,
        cause: { enum: HEAT_CAUSES },
        remaining_seconds: { type: 'number', minimum: 0 } as const,
        answered: {
          ...count,
          description: 'Processes that have sent what they had of it.',
        } as const,
      },
      ['answered'],
    ),
  } as const,
});

export const heatAnswer = objectOf({
  id: text,
  previous_state: heatState,
  current_state: heatState,
});

export const correlationsAnswer = listOf(
  objectOf({
    request_id: text,
    first_wall_ns: int64,
    last_wall_ns: int64,
    duration_ns: int64,
    events: count,
    errors: count,
    worst_severity: { enum: SEVERITIES },
    complete: { enum: ['yes', 'no', 'unknown'] },
  }),
  { next },
);

export const processesAnswer = listOf(
  objectOf({ process: text, events: count, errors: count, last_wall_ns: int64 }),
  {},
);

const millis = { type: 'number', minimum: 0 } as const;

export const percentilesAnswer = objectOf(
  { process: text, count, p50_ms: millis, p95_ms: millis, p99_ms: millis },
  ['p50_ms', 'p95_ms', 'p99_ms'],
);

export const trendAnswer = listOf(
  objectOf({ from_wall_ns: int64, to_wall_ns: int64, events: count, errors: count }),
  {},
);

export const overviewAnswer = listOf(
  objectOf(
    {
      from_wall_ns: int64,
      to_wall_ns: int64,
      events: count,
      errors: count,
      p50_ms: millis,
      p95_ms: millis,
      p99_ms: millis,
    },
    ['p50_ms', 'p95_ms', 'p99_ms'],
  ),
  {
    processes: {
      type: 'array',
      items: objectOf(
        {
          process: text,
          events: count,
          errors: count,
          counts: { type: 'array', items: count, description: 'Of each of `items`.' } as const,
          p50_ms: millis,
          p95_ms: millis,
          p99_ms: millis,
        },
        ['p50_ms', 'p95_ms', 'p99_ms'],
      ),
      description: 'Those with the most events, 100 at most.',
    } as const,
    is_exact: { type: 'boolean' } as const,
  },
);

export const graphAnswer = listOf(
  objectOf({ caller: text, callee: text, calls: count, errors: count, last_wall_ns: int64 }),
  { is_exact: { type: 'boolean' } as const },
);

export const statsAnswer = objectOf(
  {
    events: count,
    errors: count,
    runs: count,
    oldest_wall_ns: int64,
    newest_wall_ns: int64,
    purged: count,
    bytes: count,
    wal_bytes: count,
  },
  ['oldest_wall_ns', 'newest_wall_ns'],
);

const PROGRAM = { host: text, service: text, project: text, version: text };
const SAID_BY_SOURCE = {
  recorded: count,
  lost: count,
  lost_errors: count,
  rejected_at_source: count,
  spilled: count,
  held_back: count,
  backlog: count,
  write_lag_ms: count,
  clock_offset_ms: { type: 'number' },
} as const;

export const sourcesAnswer = listOf(
  objectOf(
    {
      run: uuid,
      pid: count,
      ...PROGRAM,
      received: count,
      inserted: count,
      duplicates: count,
      deduped: count,
      rejected: count,
      ...SAID_BY_SOURCE,
      last_seen_ms: { type: 'number', description: 'Milliseconds since 1970.' } as const,
    },
    [
      ...(Object.keys(PROGRAM) as (keyof typeof PROGRAM)[]),
      ...(Object.keys(SAID_BY_SOURCE) as (keyof typeof SAID_BY_SOURCE)[]),
    ],
  ),
  {},
);

const number = { type: 'number' } as const;
const phase = { enum: ALERT_PHASES } as const;
const phaseChanges = {
  type: 'array',
  items: objectOf({ at: time, from: phase, to: phase, value: number, error: text }, [
    'value',
    'error',
  ]),
} as const;

/** A rule and where it stands. */
export const alertAnswer = objectOf(
  {
    name: text,
    state: { enum: [...ALERT_PHASES, 'silenced'] } as const,
    phase: { ...phase, description: 'Also while it is silenced.' } as const,
    since: time,
    value: number,
    threshold: number,
    error: { ...text, description: 'Why it cannot be asked.' } as const,
    severity: { enum: ALERT_SEVERITIES } as const,
    description: text,
    labels: { type: 'object', additionalProperties: text } as const,
    actions: { type: 'array', items: { enum: ALERT_ACTIONS } } as const,
    query: { ...text, description: 'SQL; a query line when there is window_seconds.' } as const,
    window_seconds: number,
    for_seconds: number,
    silenced_until: time,
    told_at: time,
    requests: { ...ids, description: 'That it was about when somebody was told last.' } as const,
    history: { ...phaseChanges, description: 'The latest last.' } as const,
  },
  ['value', 'error', 'window_seconds', 'silenced_until', 'told_at'],
);

export const alertsAnswer = objectOf(
  {
    file: { ...text, description: 'Of the rules; left out when the hub has none.' } as const,
    problem: { ...text, description: 'Why the file as it is now was not taken.' } as const,
    check_interval_seconds: number,
    looked_at: time,
    notices_waiting: count,
    items: { type: 'array', items: alertAnswer } as const,
  },
  ['file', 'problem', 'looked_at'],
);

export const simulationAnswer = objectOf({
  from: time,
  to: time,
  until: { ...time, description: 'Earlier than `to` when it took too long.' } as const,
  step_seconds: { ...number, description: 'Between two looks.' } as const,
  changes: phaseChanges,
});

/** Who looks at the page. */
export const sessionAnswer = objectOf(
  {
    scopes: { type: 'array', items: { enum: SCOPES } } as const,
    title: {
      ...text,
      description: 'What is shown: the name of the database, or of the file.',
    } as const,
    note: { ...text, description: 'Such as what is missing.' } as const,
    is_read_only: { type: 'boolean' } as const,
  },
  ['note'],
);

export const linkAnswer = objectOf({ path: text });

export const healthAnswer = objectOf(
  {
    events: { ...count, description: 'Of the last five minutes.' } as const,
    errors: count,
    queue_requests: count,
    queue_bytes: count,
    write_lag_ms: { ...count, description: 'The longest that a source has told.' } as const,
    lost: { ...count, description: 'That sources have lost before they could be sent.' } as const,
    lost_errors: count,
    sources: count,
    alerts_firing: count,
    alerts_failing: count,
    version: {
      ...text,
      description: 'Another one when something that the hub answers may have changed.',
    } as const,
  },
  ['write_lag_ms'],
);

export const cleanupAnswer = objectOf({ removed: count, is_done: { type: 'boolean' } as const });

export const statusAnswer = objectOf({ status: { enum: ['ok'] } });

/** `redis` of a hub that shares one with others: without it each goes on alone. */
export const readyAnswer = objectOf(
  { status: { enum: ['ready'] }, redis: { enum: ['up', 'down'] } },
  ['redis'],
);

/** RFC 9457. */
export const problemAnswer = objectOf(
  {
    type: text,
    title: text,
    status: { type: 'integer' },
    code: { enum: Object.keys(PROBLEMS) },
    detail: text,
    errors: { type: 'array', items: objectOf({ path: text, message: text }) },
  },
  ['errors'],
);
