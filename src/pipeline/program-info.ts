import { hostname } from 'node:os';
import { optionalText } from '../arguments.js';
import { expected } from '../errors.js';
import type { ProgramInfo } from '../event/recorded-event.js';

/** Characters of a name at most: it is a label in metrics and a word in lists. */
const NAME_MAX = 200;

/** Where a name comes from when no option says it, the first that is set. */
const VARIABLES = {
  service: ['AEGIS_SERVICE', 'OTEL_SERVICE_NAME'],
  project: ['AEGIS_PROJECT'],
  version: ['AEGIS_VERSION'],
} as const;

/**
 * What a pipeline says of the program that it is part of: its options, else the environment.
 *
 * @throws TraceError `ERR_TRACE_OPTION` naming the option or the variable.
 */
export function programInfo(
  options: Omit<ProgramInfo, 'host'>,
  env: NodeJS.ProcessEnv = process.env,
): ProgramInfo {
  const nameOf = (option: keyof typeof VARIABLES): string | undefined => {
    const given = checkName(options[option], option);
    if (given !== undefined) return given;
    const variable = VARIABLES[option].find((name) => env[name]);
    return variable === undefined ? undefined : checkName(env[variable], variable);
  };
  return {
    host: hostname().slice(0, NAME_MAX),
    service: nameOf('service'),
    project: nameOf('project'),
    version: nameOf('version'),
  };
}

function checkName(value: unknown, name: string): string | undefined {
  const text = optionalText(value, name);
  if (text === undefined || text.length <= NAME_MAX) return text;
  throw expected('ERR_TRACE_OPTION', name, `of at most ${NAME_MAX} characters`, text);
}
