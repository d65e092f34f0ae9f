// Reads the published Azure LLM inference traces: TIMESTAMP,ContextTokens,GeneratedTokens.

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { ScriptError } from '../../lib/run.mjs';

const HEADER = 'TIMESTAMP,ContextTokens,GeneratedTokens';
const TIMESTAMP = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?$/;
const COUNT = /^\d{1,7}$/;
/** Far beyond any context window; keeps every sum of work an exact integer. */
const TOKENS_MAX = 1_000_000;
const SHOWN_LENGTH_MAX = 80;

/**
 * @typedef {object} WorkloadRow
 * @property {bigint} arrivalNs nanoseconds since the Unix epoch
 * @property {number} contextTokens
 * @property {number} generatedTokens
 */

/**
 * Reads one file.
 *
 * @param {string} file
 * @returns {Promise<{ model: string, rows: WorkloadRow[] }>} the model is named after the file
 * @throws ScriptError with exit code 2 that names the file and, if it is a row, its line.
 */
export async function readWorkloadFile(file) {
  let text;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new ScriptError(`cannot read the workload: ${cause.message}`, { exitCode: 2, cause });
  }
  return { model: basename(file).replace(/\.csv$/i, ''), rows: parseWorkload(text, file) };
}

/**
 * Parses the text of a file. Lines end with LF or CRLF; the last one may have no end.
 *
 * @param {string} text
 * @param {string} file for messages
 * @returns {WorkloadRow[]}
 */
export function parseWorkload(text, file) {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  if (lines[0] !== HEADER) throw malformed(file, 1, `the header ${HEADER}`, lines[0] ?? '');
  if (lines.length === 1) throw malformed(file, 2, 'at least one request', '');
  const rows = [];
  let previousNs = 0n;
  for (let index = 1; index < lines.length; index++) {
    const row = parseRow(lines[index], file, index + 1);
    if (row.arrivalNs < previousNs) {
      throw malformed(file, index + 1, 'a time not before the line above', lines[index]);
    }
    previousNs = row.arrivalNs;
    rows.push(row);
  }
  return rows;
}

function parseRow(line, file, lineNumber) {
  const fields = line.split(',');
  if (fields.length !== 3) throw malformed(file, lineNumber, '3 fields', line);
  const arrivalNs = parseTimestamp(fields[0]);
  if (arrivalNs === undefined) {
    throw malformed(file, lineNumber, 'a UTC time such as 2023-11-16 18:17:03.9799600', fields[0]);
  }
  const tokens = (name, text) => {
    if (COUNT.test(text) && Number(text) <= TOKENS_MAX) return Number(text);
    throw malformed(file, lineNumber, `${name} to be an integer from 0 to ${TOKENS_MAX}`, text);
  };
  return {
    arrivalNs,
    contextTokens: tokens('ContextTokens', fields[1]),
    generatedTokens: tokens('GeneratedTokens', fields[2]),
  };
}

/**
 * Nanoseconds since the Unix epoch, or undefined for anything but a time that exists. `Date.parse`
 * would keep only three of the seven digits and take 30 February for 2 March.
 *
 * @param {string} text
 * @returns {bigint | undefined}
 */
export function parseTimestamp(text) {
  const match = TIMESTAMP.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number);
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  if (date.toISOString().slice(0, 19).replace('T', ' ') !== text.slice(0, 19)) return undefined;
  return BigInt(date.getTime()) * 1_000_000n + BigInt((match[7] ?? '').padEnd(9, '0'));
}

function malformed(file, line, expectation, got) {
  const shown = got.length > SHOWN_LENGTH_MAX ? `${got.slice(0, SHOWN_LENGTH_MAX)}...` : got;
  const message = `${file}:${line}: expected ${expectation}; got ${JSON.stringify(shown)}`;
  return new ScriptError(message, { exitCode: 2 });
}
