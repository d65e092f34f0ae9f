import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EVENT_JSON_FIELDS } from '../../src/event/json-event.js';
import { typeErrors } from '../support/type-check.js';

interface Schema {
  required: string[];
  properties: Record<string, PropertySchema>;
  $defs: { event: Schema; metadata: Schema };
}

interface PropertySchema {
  type?: string;
  enum?: string[];
  $ref?: string;
  additionalProperties?: PropertySchema;
}

const url = new URL('../../src/export/trace-export.schema.json', import.meta.url);
const schema = JSON.parse(readFileSync(url, 'utf8')) as Schema;

it('C11: the public API has the types it promises, and refuses what it should', () => {
  expect(typeErrors(['test/types/public-api.types.ts'])).toEqual([]);
});

it('monitor() keeps generics, overloads, this and asserts, and the check sees where it does not', () => {
  expect(typeErrors(['test/types/monitor.test.ts'])).toEqual([]);
  const wrong = `
    import { expectTypeOf } from 'vitest';
    import { monitor } from '../../src/monitor/index.js';
    const first = monitor()(<T>(items: readonly T[]): T | undefined => items[0]);
    expectTypeOf(first(['a'])).toEqualTypeOf<string>();`;
  expect(typeErrors([], { 'test/types/wrong.ts': wrong })).toHaveLength(1);
});

/** The TypeScript type of a property. */
function typeOf(property: PropertySchema): string {
  if (property.enum !== undefined) return property.enum.map((name) => `'${name}'`).join(' | ');
  if (property.$ref === '#/$defs/nanoseconds') return 'bigint';
  if (property.type === 'string' || property.$ref === '#/$defs/uuid') return 'string';
  if (property.type === 'object' && property.additionalProperties !== undefined) {
    return `Record<string, ${typeOf(property.additionalProperties)}>`;
  }
  throw new Error(`expected a property this test knows; got ${JSON.stringify(property)}`);
}

/** A module that compiles only where TraceEvent is what the schema says of an event. */
function agreement(event: Schema, fields: readonly string[]): string {
  const members = Object.entries(event.properties).map(
    ([name, property]) => `${name}: ${typeOf(property)};`,
  );
  const listed = fields.map((name) => `'${name}'`).join(' | ');
  return `
    import type { TraceEvent } from '../../src/event/trace-event.js';
    type Same<A, B> =
      (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
    type Camel<S extends string> =
      S extends \`\${infer A}_\${infer B}\` ? \`\${A}\${Capitalize<Camel<B>>}\` : S;
    interface InSchema { ${members.join(' ')} }
    type Mapped = { [K in keyof InSchema as Camel<K>]: InSchema[K] };
    export const sameType: Same<Mapped, { [K in keyof TraceEvent]: TraceEvent[K] }> = true;
    export const sameFields: Same<keyof InSchema, ${listed}> = true;
  `;
}

const check = (event: Schema, fields: readonly string[] = EVENT_JSON_FIELDS) =>
  typeErrors([], { 'test/types/agreement.ts': agreement(event, fields) });

describe('C9, C11: TypeScript types and JSON Schema', () => {
  const { event, metadata } = schema.$defs;

  it('agree on the fields of an event and their types', () => {
    expect(check(event)).toEqual([]);
  });

  it('and on what must be there: everything, but for what only a recovered ring or this release has', () => {
    expect(event.required).toEqual([...EVENT_JSON_FIELDS]);
    expect(Object.keys(event.properties)).toEqual([...EVENT_JSON_FIELDS]);
    expect([...metadata.required, 'anchors', 'recovered', 'run_id'].toSorted()).toEqual(
      Object.keys(metadata.properties).toSorted(),
    );
  });

  it.each([
    ['a field only in the schema', { ...event.properties, span_id: { type: 'string' } }],
    ['a field of another type', { ...event.properties, model_id: { $ref: '#/$defs/nanoseconds' } }],
    [
      'a severity only in the schema',
      { ...event.properties, severity: { enum: ['Info', 'Debug'] } },
    ],
    [
      'a field only in TypeScript',
      Object.fromEntries(Object.entries(event.properties).filter(([name]) => name !== 'rationale')),
    ],
  ] as [string, Schema['properties']][])('the check sees %s', (_, properties) => {
    const errors = check({ ...event, properties });
    expect(errors.length).toBeGreaterThan(0);
    for (const error of errors) expect(error).toMatch(/'true' is not assignable to type 'false'/);
  });

  it('the check sees a field that json-event.ts does not list', () => {
    expect(check(event, EVENT_JSON_FIELDS.slice(1))).toHaveLength(1);
  });
});
