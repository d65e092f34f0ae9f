// The options of the main job: names, defaults and limits in one place.

import { existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { inRoot } from '../lib/paths.mjs';
import { ScriptError } from '../lib/run.mjs';
import { filesBeside } from './files.mjs';

/** An hour takes 12 s: slow enough that thread wake-ups (0.1 ms) stay small beside the work. */
export const SPEED_DEFAULT = 300;
const SPEED_MAX = 10_000;
const SECONDS_MAX = 86_400;
const WORKERS_DEFAULT = 4;
const WORKERS_MAX = 64;
const SEED_DEFAULT = 20231116;
/** The limit of the collector itself. */
export const CAPACITY_MAX = 2 ** 28;
const NAMES = [
  ...['workload', 'seed', 'speed', 'seconds', 'workers', 'capacity', 'sample-rate', 'out', 'crash'],
];

export const HELP = `Usage: npm start -- [options]

Replays an hour of LLM requests, compressed in time, through a scheduler that records every
decision into a ring in a file, from which a pipeline writes it to SQLite; then exports the trace,
validates it and checks that every decision chain is complete, in the ring and in the database.

  --workload FILE[,FILE]  CSV with TIMESTAMP,ContextTokens,GeneratedTokens, one file per model;
                          the model is named after the file. Default: generated from --seed
  --seed N                of the generated workload. Default: ${SEED_DEFAULT}
  --speed N               times faster than the trace. Default: ${SPEED_DEFAULT}, an hour in 12 s
  --seconds N             instead of --speed: how long the replay shall take
  --workers N             worker threads. Default: ${WORKERS_DEFAULT}
  --capacity N            events the ring keeps. Default: enough that nothing is dropped
  --sample-rate N         share of requests, 0 to 1, of which function calls are recorded.
                          Default: 1
  --crash [SECONDS]       after so many seconds, by default in the middle, the run kills itself
                          with SIGKILL; then shows what is left, and proves that nothing is missing
  --hub                   the scheduler as three processes with a gate, and a hub, in a tenth of
                          the hour; holds what was sent against their rings
  --cluster               the same with two hubs behind nginx, over four ClickHouse servers with
                          ZooKeeper and Redis, all from Debian: kills a replica, a hub and Redis
                          in turn, and proves that nothing is missing or twice
  --serve                 as --hub, until Ctrl-C, for a look around
  --out FILE              where the export goes. Beside it, for FILE.json: FILE.log, the ring
                          FILE.ring, and the database FILE.db. Default: run/demo-trace.json
  --help                  this text

Exit: 0 nothing is missing; 1 something is, or the run failed; 2 wrong option or workload.
`;

/**
 * @typedef {object} DemoOptions
 * @property {boolean} help
 * @property {boolean} isHub whether to run as three processes and a hub
 * @property {boolean} isServing whether to do so until Ctrl-C
 * @property {boolean} isCluster whether to run it over a cluster
 * @property {string[]} workloadFiles empty for the generated workload
 * @property {number} seed
 * @property {number | undefined} speed trace time over replay time
 * @property {number | undefined} seconds replay time wanted, instead of `speed`
 * @property {number} workers
 * @property {number | undefined} capacity
 * @property {number} sampleRate
 * @property {boolean} isCrash whether the run is to kill itself
 * @property {number | undefined} crashSeconds after so long; undefined: in the middle
 * @property {import('./files.mjs').RunFiles} files
 */

/**
 * Reads the command line.
 *
 * @param {readonly string[]} argv
 * @returns {DemoOptions}
 * @throws ScriptError with exit code 2.
 */
export function readOptions(argv) {
  const values = parse(argv);
  if (values.speed !== undefined && values.seconds !== undefined) {
    throw usage('--speed and --seconds say the same thing; give one of them');
  }
  const alone = ['crash', 'workers', 'capacity', 'sample-rate'].find((name) => values[name]);
  const hub = ['hub', 'serve', 'cluster'].filter((name) => values[name]);
  const other = hub[1] ?? alone;
  if (hub.length > 0 && other !== undefined) {
    throw usage(`--${hub[0]} and --${other} do not go together`);
  }
  return {
    help: values.help === true,
    isHub: values.hub === true,
    isServing: values.serve === true,
    isCluster: values.cluster === true,
    workloadFiles: readFiles(values.workload),
    seed: readNumber('seed', values.seed, 0, 2 ** 32 - 1, { integer: true }) ?? SEED_DEFAULT,
    speed: readNumber('speed', values.speed, 0.1, SPEED_MAX),
    seconds: readNumber('seconds', values.seconds, 0.1, SECONDS_MAX),
    workers:
      readNumber('workers', values.workers, 1, WORKERS_MAX, { integer: true }) ?? WORKERS_DEFAULT,
    capacity: readNumber('capacity', values.capacity, 1, CAPACITY_MAX, { integer: true }),
    sampleRate: readNumber('sample-rate', values['sample-rate'], 0, 1) ?? 1,
    isCrash: values.crash !== undefined,
    crashSeconds: readNumber('crash', values.crash || undefined, 0.01, SECONDS_MAX),
    files: filesBeside(readOut(values.out)),
  };
}

function parse(argv) {
  const string = { type: /** @type {const} */ ('string') };
  const options = Object.fromEntries(NAMES.map((name) => [name, string]));
  // parseArgs has no option that may go without its value.
  const args = argv.map((argument, at) =>
    argument === '--crash' && !/^\d/.test(argv[at + 1] ?? '') ? '--crash=' : argument,
  );
  try {
    const boolean = { type: /** @type {const} */ ('boolean') };
    const flags = { help: boolean, hub: boolean, serve: boolean, cluster: boolean };
    return parseArgs({ args, options: { ...options, ...flags } }).values;
  } catch (error) {
    throw usage(error.message.split('. ')[0]);
  }
}

function readFiles(text) {
  if (text === undefined) return [];
  const files = text.split(',');
  if (files.includes('')) throw usage(`--workload must be FILE[,FILE]; got "${text}"`);
  return files;
}

function readNumber(name, text, min, max, { integer = false } = {}) {
  if (text === undefined) return undefined;
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max && (!integer || Number.isInteger(value))) return value;
  const kind = integer ? 'an integer' : 'a number';
  throw usage(`--${name} must be ${kind} from ${min} to ${max}; got "${text}"`);
}

/** Asked before the run, not after it: nobody wants to wait for "no such folder". */
function readOut(text) {
  if (text === undefined) return inRoot('run/demo-trace.json');
  const out = resolve(text);
  if (text === '' || !existsSync(dirname(out)) || !statSync(dirname(out)).isDirectory()) {
    throw usage(`--out must be a file in a folder that exists; got "${text}"`);
  }
  return out;
}

const usage = (message) =>
  new ScriptError(`${message} (--help lists the options)`, { exitCode: 2 });
