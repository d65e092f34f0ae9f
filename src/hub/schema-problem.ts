import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { show } from '../errors.js';
import { Problem, type ProblemDetail } from './problem.js';

// How the schema of a route checks a request, and how it is said what is wrong.

const OPTIONS = { strict: false, verbose: true, formats: {} } as const;
/** Parameters come as texts, and become what their schema says. */
const ofTexts = new Ajv2020({ ...OPTIONS, coerceTypes: true, useDefaults: true });
/** Bodies stay as they are. */
const ofJson = new Ajv2020(OPTIONS);
const PARTS_OF_TEXT = ['querystring', 'params'];

/** Makes the check of a part of a request: `body`, `querystring` or `params`. */
export function checkOf(part: string, schema: object) {
  return (PARTS_OF_TEXT.includes(part) ? ofTexts : ofJson).compile(schema);
}

/** @param errors - of a check. */
export function schemaProblem(part: string, errors: readonly ErrorObject[]): Problem {
  const details = errors.map((error) => detailOf(part, error));
  const detail = details.map(({ path, message }) => `${path}: ${message}`).join('; ');
  return new Problem('invalid', detail, { errors: details });
}

function detailOf(part: string, error: ErrorObject): ProblemDetail {
  const { instancePath, keyword, params } = error;
  const nameOf = (path: string) => (part === 'body' ? path : path.slice(1));
  if (keyword === 'additionalProperties') {
    const { properties = {} } = error.parentSchema as { properties?: object };
    const known = Object.keys(properties).join(', ');
    const message =
      known === ''
        ? 'there are no parameters here'
        : `there is no such parameter; it is one of ${known}`;
    return { path: nameOf(`${instancePath}/${params.additionalProperty}`), message };
  }
  if (keyword === 'required') {
    return {
      path: nameOf(`${instancePath}/${params.missingProperty}`),
      message: 'it must be there',
    };
  }
  const isTwice = Array.isArray(error.data) && part === 'querystring';
  const message = isTwice
    ? 'it is there twice'
    : `it must be ${expectationOf(error)}; got ${show(error.data)}`;
  return { path: nameOf(instancePath), message };
}

interface Bounds {
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

function expectationOf({ keyword, params, parentSchema, message = '' }: ErrorObject): string {
  if (keyword === 'enum') return `one of ${(params.allowedValues as unknown[]).join(', ')}`;
  const { type, minimum, maximum } = parentSchema as Bounds;
  if (type !== 'integer' && type !== 'number') return message.replace(/^must (be )?/, '');
  const kind = type === 'integer' ? 'an integer' : 'a number';
  if (minimum === undefined) return kind;
  return maximum === undefined
    ? `${kind} of ${minimum} or more`
    : `${kind} from ${minimum} to ${maximum}`;
}
