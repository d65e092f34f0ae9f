import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { AlertRules } from '../alerts/alert-rule.js';
import { readRules } from '../alerts/read-rules.js';
import { TraceError } from '../errors.js';
import { messageOf } from '../thrown.js';
import { readToml } from './read-toml.js';

/** Rules with the secret that webhooks are signed with. */
export interface LoadedRules extends AlertRules {
  readonly secret: string | undefined;
}

/**
 * Reads a file of rules.
 *
 * @throws TraceError (rejects) `ERR_TRACE_OPTION` with file, line and what was expected; `ERR_TRACE_FILE`, `ERR_TRACE_PEER`.
 */
export async function loadRules(file: string): Promise<LoadedRules> {
  const { table, text } = await readToml(file);
  const rules = readRules(table, text, file);
  const { secretFile } = rules.webhook ?? {};
  const secret =
    secretFile === undefined ? undefined : readSecret(resolve(dirname(file), secretFile));
  return { ...rules, secret };
}

function readSecret(file: string): string {
  let secret: string;
  try {
    secret = readFileSync(file, 'utf8').trim();
  } catch (cause) {
    const message = `secret_file ${file} could not be read: ${messageOf(cause)}`;
    throw new TraceError('ERR_TRACE_FILE', message, { cause });
  }
  if (secret !== '') return secret;
  throw new TraceError('ERR_TRACE_OPTION', `secret_file ${file} is empty`);
}
