// The requests of all models on one time line, in memory that every thread sees.

import { createHash } from 'node:crypto';
import { ScriptError } from '../../lib/run.mjs';

const ID_BYTES = 16;
/** Bounds the memory of the run; the published hour has 28 185. */
const REQUESTS_MAX = 1_000_000;
const MODELS_MAX = 256;

/**
 * Requests by index, in order of arrival. The arrays live in shared memory: posting this to a thread copies none of it.
 *
 * @typedef {object} Workload
 * @property {number} count
 * @property {string[]} models
 * @property {bigint} startNs the first arrival, nanoseconds since the Unix epoch
 * @property {Float64Array} arrivalNs trace time since the first arrival
 * @property {Uint8Array} model index into `models`
 * @property {Uint32Array} contextTokens
 * @property {Uint32Array} generatedTokens
 * @property {Uint8Array} ids 16 bytes each
 */

/**
 * Merges the requests of several models by arrival.
 *
 * @param {{ model: string, rows: import('./workload-csv.mjs').WorkloadRow[] }[]} sources
 * @param {string} salt tells the ids of one workload from those of another; the same gives the same ids
 * @returns {Workload}
 */
export function mergeWorkload(sources, salt = '') {
  const models = sources.map(({ model }) => model);
  const twice = models.find((model, index) => models.indexOf(model) !== index);
  if (twice !== undefined)
    throw unusable(`two workload files are named ${twice}; models need names of their own`);
  const requests = sources.flatMap(({ rows }, model) =>
    rows.map((row, ordinal) => ({ ...row, model, ordinal })),
  );
  if (requests.length > REQUESTS_MAX)
    throw unusable(`a run takes at most ${REQUESTS_MAX} requests; got ${requests.length}`);
  if (models.length > MODELS_MAX)
    throw unusable(`a run takes at most ${MODELS_MAX} models; got ${models.length}`);
  requests.sort((a, b) => (a.arrivalNs < b.arrivalNs ? -1 : a.arrivalNs > b.arrivalNs ? 1 : 0));

  const count = requests.length;
  const startNs = requests[0].arrivalNs;
  const workload = {
    count,
    models,
    startNs,
    arrivalNs: new Float64Array(new SharedArrayBuffer(8 * count)),
    model: new Uint8Array(new SharedArrayBuffer(count)),
    contextTokens: new Uint32Array(new SharedArrayBuffer(4 * count)),
    generatedTokens: new Uint32Array(new SharedArrayBuffer(4 * count)),
    ids: new Uint8Array(new SharedArrayBuffer(ID_BYTES * count)),
  };
  for (const [index, request] of requests.entries()) {
    workload.arrivalNs[index] = Number(request.arrivalNs - startNs);
    workload.model[index] = request.model;
    workload.contextTokens[index] = request.contextTokens;
    workload.generatedTokens[index] = request.generatedTokens;
    const name = `${salt}/${models[request.model]}/${request.ordinal}`;
    const digest = createHash('sha256').update(name).digest();
    workload.ids.set(digest.subarray(0, ID_BYTES), ID_BYTES * index);
  }
  return workload;
}

/**
 * @param {Workload} workload
 * @param {number} index
 * @returns {string} 32 hex digits
 */
export function requestIdOf({ ids }, index) {
  return Buffer.from(ids.buffer, ids.byteOffset + ID_BYTES * index, ID_BYTES).toString('hex');
}

const unusable = (message) => new ScriptError(message, { exitCode: 2 });
