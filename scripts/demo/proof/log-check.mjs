// Reads the log of the run: proves that every line belongs to a request, and keeps those of one.

import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { count } from '../scheduler/phrases.mjs';
import { requestIdOf } from '../scheduler/workload.mjs';

/** @typedef {{ level: number, time: number, name: string, operation_id: string, msg: string }} LogLine */

/**
 * @param {string} file
 * @param {import('../scheduler/workload.mjs').Workload} workload
 * @param {string | undefined} sampleId the request whose lines are wanted
 * @returns {Promise<{ lines: number, requests: number, sample: LogLine[], problems: string[] }>} `requests` that have a
 * line
 */
export async function checkLog(file, workload, sampleId) {
  const unseen = new Set(
    Array.from({ length: workload.count }, (_, at) => requestIdOf(workload, at)),
  );
  const known = new Set(unseen);
  const sample = [];
  let lines = 0;
  let strangers = 0;
  for await (const text of createInterface({ input: createReadStream(file) })) {
    lines++;
    const line = parseLine(text);
    if (!known.has(line?.operation_id)) strangers++;
    unseen.delete(line?.operation_id);
    if (line !== undefined && line.operation_id === sampleId) sample.push(line);
  }
  const problems = [];
  if (strangers > 0) problems.push(`${count(strangers)} lines of the log belong to no request`);
  if (unseen.size > 0) problems.push(`${count(unseen.size)} requests have no line in the log`);
  return { lines, requests: workload.count - unseen.size, sample, problems };
}

/** Undefined for what is no line of a logger's: two threads that wrote into one another's line. */
function parseLine(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
