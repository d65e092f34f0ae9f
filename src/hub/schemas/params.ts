import { GATE_ID_MAX } from '../../event/gate-report.js';
import { PROJECT_ID } from '../../event/project-id.js';
import { SEVERITIES } from '../../event/severity.js';
import { objectOf } from './event.js';

// What each path takes beside a body. A parameter that is not here is refused: it would match everything.

const UUID_PATTERN = '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$';
const short = { type: 'string', maxLength: 10_240 } as const;
export const wallTime = {
  type: 'string',
  maxLength: 40,
  description: 'ISO 8601 with a zone, or nanoseconds since 1970.',
} as const;

const FILTER = {
  where: {
    ...short,
    description: 'A query line, such as `process:gpu.* status:ERR dur>5ms "out of memory"`.',
  },
  process: short,
  component: short,
  type: short,
  model: short,
  request: short,
  status: { enum: ['OK', 'ERR', 'ok', 'err'] },
  severity: {
    enum: [...SEVERITIES, ...SEVERITIES.map((name) => name.toLowerCase())],
    description: 'This or higher.',
  },
  text: { ...short, description: 'In any text of the event.' },
} as const;
const RANGE = { from: wallTime, to: wallTime } as const;
const PAGE = {
  limit: { type: 'integer', minimum: 1, maximum: 1000, default: 50 },
  cursor: { ...short, description: '`next` of the page before.' },
} as const;

const allOptional = <P extends Record<string, unknown>>(properties: P) =>
  objectOf(properties, Object.keys(properties));

export const noParams = allOptional({});
export const rangeParams = allOptional(RANGE);
export const streamParams = allOptional({
  ...FILTER,
  status_events: {
    type: 'boolean',
    default: false,
    description: 'Whether the stream has what `/status/stream` has as well.',
  },
});
export const recentParams = allOptional({
  ...FILTER,
  ...RANGE,
  ...PAGE,
  order: { enum: ['newest', 'oldest'], default: 'newest' },
});
const { request: _request, ...CORRELATION_FILTER } = FILTER;
export const correlationsParams = allOptional({ ...CORRELATION_FILTER, ...RANGE, ...PAGE });
export const percentilesParams = objectOf({ process: { ...short, minLength: 1 }, ...RANGE }, [
  'from',
  'to',
]);
export const trendParams = allOptional({
  ...RANGE,
  buckets: { type: 'integer', minimum: 2, maximum: 1000, default: 60 },
});
export const overviewParams = allOptional({
  ...RANGE,
  process: { ...short, minLength: 1 },
  buckets: { type: 'integer', minimum: 2, maximum: 300, default: 60 },
});
export const chainParams = allOptional({
  fields: {
    enum: ['all', 'brief'],
    default: 'all',
    description: '`brief` leaves large values out.',
  },
});

/** Of `/tracing/config`: which process asks. */
export const configParams = allOptional({
  run: { type: 'string', pattern: UUID_PATTERN },
  service: { type: 'string', maxLength: 200 },
} as const);
export const projectId = {
  type: 'string',
  pattern: PROJECT_ID.source,
} as const;
/** `/api/v1/projects/{id}` */
export const projectPath = objectOf({ id: projectId });
/** `/alerts/{name}/…` */
export const alertPath = objectOf({ name: { type: 'string', minLength: 1, maxLength: 100 } });
/** Of `/tracing/changes`: of a project, else of which requests are to be sent. */
export const changesParams = allOptional({ project: projectId });
/** `/tracing/enable/{id}` */
export const heatPath = objectOf({ id: { type: 'string', minLength: 1, maxLength: GATE_ID_MAX } });
/** `/traces/{id}` */
export const requestPath = objectOf({ id: { type: 'string', minLength: 1 } });
/** `/runs/{run}` */
export const runPath = objectOf({ run: { type: 'string', pattern: UUID_PATTERN } });
/** `/events/{run}/{lane}/{sequence}` */
export const eventPath = objectOf({
  run: { type: 'string', pattern: UUID_PATTERN },
  lane: { type: 'integer', minimum: 0 },
  sequence: { type: 'integer', minimum: 0 },
});
