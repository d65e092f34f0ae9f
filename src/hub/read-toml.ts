import { readFileSync } from 'node:fs';
import { TraceError } from '../errors.js';
import { messageOf } from '../thrown.js';

/** What a TOML file has, and how it is written: whoever says what is wrong in it names the line. */
export interface TomlFile {
  readonly table: Record<string, unknown>;
  readonly text: string;
}

/**
 * Reads a TOML file.
 *
 * @throws TraceError (rejects) `ERR_TRACE_FILE`; `ERR_TRACE_OPTION` for what is no TOML, with the line; `ERR_TRACE_PEER`.
 */
export async function readToml(file: string): Promise<TomlFile> {
  const { parse } = await loadToml();
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    const message = `${file} could not be read: ${messageOf(cause)}`;
    throw new TraceError('ERR_TRACE_FILE', message, { cause });
  }
  try {
    return { table: parse(text), text };
  } catch (cause) {
    // Its message has the line and shows it.
    throw new TraceError('ERR_TRACE_OPTION', `${file}: ${messageOf(cause)}`, { cause });
  }
}

async function loadToml(): Promise<typeof import('smol-toml')> {
  try {
    return await import('smol-toml');
  } catch (cause) {
    const message = 'a configuration file needs the package smol-toml: npm install smol-toml';
    throw new TraceError('ERR_TRACE_PEER', message, { cause });
  }
}
