import { GATE_ID_MAX } from '../../event/gate-report.js';
import {
  ACCOUNT_FIELDS,
  BATCH_FORMAT,
  BATCH_VERSIONS,
  PROGRAM_FIELDS,
  REQUESTS_MAX,
} from '../../wire/batch.js';
import { count, eventFields, int64, objectOf, text, uuid } from './event.js';
import { projectId, wallTime } from './params.js';

// What is sent. Bodies of `/ingest` are read by the thread that stores them, with the readers of wire/, to which a test
// holds these.

const account = objectOf({
  ...Object.fromEntries(Object.values(ACCOUNT_FIELDS).map((name) => [name, count])),
  sent_wall_ns: int64,
});

const anchors = {
  type: 'array',
  items: objectOf({ steady_ns: int64, wall_ns: int64 }),
  minItems: 1,
  description: 'In order of steady_ns.',
} as const;

const name = { type: 'string', maxLength: 200 } as const;
const program = Object.fromEntries(PROGRAM_FIELDS.map((field) => [field, name]));

const run = objectOf({ run: uuid, pid: count, ...program, clock: objectOf({ anchors }) }, [
  ...PROGRAM_FIELDS,
] as never[]);

const gateId = { type: 'string', minLength: 1, maxLength: GATE_ID_MAX } as const;

const backfill = objectOf(
  { id: gateId, since: count, events: count, missing: count, oldest_wall_ns: int64 },
  ['oldest_wall_ns'],
);

/** A batch of one run. */
export const batchBody = objectOf(
  {
    format: { const: BATCH_FORMAT },
    version: { enum: BATCH_VERSIONS },
    run,
    account,
    heats: { type: 'array', items: gateId, maxItems: REQUESTS_MAX },
    backfills: { type: 'array', items: backfill, maxItems: REQUESTS_MAX },
    events: {
      type: 'array',
      items: objectOf({ lane: count, sequence: count, ...eventFields }),
    },
  },
  ['account', 'heats', 'backfills'],
);

/** What older clients send: what is not named here becomes an attribute. */
const entryBody = {
  type: 'object',
  properties: {
    correlation_id: { type: ['string', 'number'] },
    source_id: text,
    endpoint: text,
    direction: text,
    timestamp: {
      type: ['string', 'number'],
      description: 'ISO 8601, or seconds, milliseconds, microseconds or nanoseconds since 1970.',
    },
    status: { type: ['string', 'number'] },
    duration_ms: { type: 'number', minimum: 0 },
  },
  required: ['correlation_id'],
} as const;

const entries = { type: 'array', items: entryBody } as const;
const inObject = (list: string) => ({
  type: 'object',
  properties: { [list]: entries },
  required: [list],
});

export const ingestBody = {
  anyOf: [batchBody, entryBody, entries, inObject('traces'), inObject('entries')],
} as const;

/** An event that no run of ours has recorded: its timestamp_ns are nanoseconds since 1970. */
const singleEvent = objectOf({ source_id: { ...name, minLength: 1 }, ...eventFields }, [
  'source_id',
]);

export const singleBody = { anyOf: [entryBody, singleEvent] } as const;

export const cleanupBody = objectOf({ hours: { type: 'number', minimum: 0, maximum: 87_600 } });

const projectName = { type: 'string', minLength: 1, maxLength: 200 } as const;

/** Of `POST /api/v1/projects`. */
export const projectBody = objectOf(
  { id: projectId, name: projectName, tracing_enabled: { type: 'boolean' } as const },
  ['name', 'tracing_enabled'],
);

/** Of `POST /ui/session`: one of them. */
export const sessionBody = objectOf(
  {
    key: { type: 'string', maxLength: 512 } as const,
    token: { type: 'string', maxLength: 100 } as const,
  },
  ['key', 'token'],
);

/** Of `POST /alerts/{name}/silence`. */
export const silenceBody = objectOf({
  seconds: {
    type: 'number',
    minimum: 0,
    maximum: 366 * 86_400,
    description: 'From now; 0 ends it.',
  } as const,
});

/** Of `POST /alerts/{name}/simulate`. */
export const simulationBody = objectOf({ from: wallTime, to: wallTime }, ['from', 'to']);

/** Of `PATCH /api/v1/projects/{id}/tracing`. */
export const switchBody = objectOf({ tracing_enabled: { type: 'boolean' } as const });
