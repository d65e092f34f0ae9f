import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { expect } from 'vitest';

interface Response {
  content?: Record<string, { schema: object }>;
}

interface Operation {
  responses: Record<string, Response>;
}

/** What the hub says of itself. */
const openApi = JSON.parse(
  readFileSync(new URL('../../src/hub/openapi.json', import.meta.url), 'utf8'),
) as { paths: Record<string, Record<string, Operation>> };

const ajv = new Ajv2020({ strict: false, formats: { uuid: /^[0-9a-f-]{36}$/, int64: true } });
const compiled = new Map<object, ValidateFunction>();

/** Every answer of a test is as `/openapi.json` says. */
export function expectSchema(method: string, path: string, status: number, body: unknown): void {
  const operation = operationOf(method.toLowerCase(), path.replace(/[?].*/s, ''));
  const response =
    operation?.responses[status] ?? operation?.responses.default ?? problemResponse();
  const schema = Object.entries(response.content ?? {}).find(([type]) => type.includes('json'))?.[1]
    .schema;
  if (schema === undefined) throw new Error(`no schema for ${status} of ${method} ${path}`);
  const check = compiled.get(schema) ?? ajv.compile(schema);
  compiled.set(schema, check);
  expect(check(body) ? [] : check.errors, `the answer ${status} of ${method} ${path}`).toEqual([]);
}

function operationOf(method: string, path: string): Operation | undefined {
  const parts = path.split('/');
  const template = Object.keys(openApi.paths).find((candidate) => {
    const names = candidate.split('/');
    return (
      names.length === parts.length &&
      names.every((name, index) => name.startsWith('{') || name === parts[index])
    );
  });
  return template === undefined ? undefined : openApi.paths[template]?.[method];
}

/** Also of a path that is not there. */
function problemResponse(): Response {
  return openApi.paths['/stats']?.get?.responses.default as Response;
}
