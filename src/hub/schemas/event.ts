import { SEVERITIES } from '../../event/severity.js';

// The parts that the schemas of several answers share (JSON Schema 2020-12, as OpenAPI 3.1 has it).

/** An integer of 64 bits: a reader that keeps numbers as doubles rounds it. */
export const int64 = { type: 'integer', format: 'int64' } as const;
export const count = { type: 'integer', minimum: 0 } as const;
export const text = { type: 'string' } as const;
export const uuid = { type: 'string', format: 'uuid' } as const;

/** The ten fields of an event, as an export has them. */
export const eventFields = {
  event_id: uuid,
  event_type: { type: 'string', minLength: 1 },
  component: { type: 'string', minLength: 1 },
  timestamp_ns: { ...int64, description: 'On the steady clock of the run.' },
  duration_ns: int64,
  model_id: text,
  request_id: text,
  rationale: text,
  severity: { enum: SEVERITIES },
  attributes: { type: 'object', additionalProperties: { type: 'string' } },
} as const;

/** An event in an answer. */
export const event = {
  type: 'object',
  properties: {
    run: uuid,
    lane: count,
    sequence: count,
    wall_ns: { ...int64, description: 'Nanoseconds since 1970, whole microseconds.' },
    ...eventFields,
  },
  required: ['run', 'lane', 'sequence', 'wall_ns', ...Object.keys(eventFields)],
  additionalProperties: false,
} as const;

/** A closed object of which everything is there but what is named. */
export function objectOf<P extends object, O extends keyof P & string = never>(
  properties: P,
  optional: readonly O[] = [],
) {
  const names = Object.keys(properties) as (keyof P & string)[];
  const required = names.filter((name) => !optional.includes(name as O));
  return {
    type: 'object',
    properties,
    required: required as Exclude<keyof P & string, O>[],
    additionalProperties: false,
  } as const;
}

/** `{items}`, with what is beside it. */
export function listOf<I, P extends object>(items: I, beside: P) {
  return objectOf({ items: { type: 'array', items } as const, ...beside });
}
