import { isMainThread, workerData } from 'node:worker_threads';
import { TraceError } from '../errors.js';
import type { WorkerInput } from './messages.js';

/** Options of Node that run a module of the program before the main one, in every thread. */
const PRELOADS = /^(?:-r|--require|--import|--loader|--experimental-loader)(=|$)/;

/**
 * The words of NODE_OPTIONS, each as it stands there: separated by blanks, but for those between double
 * quotes; a backslash there takes the next character as it is.
 */
function wordsOf(options: string): string[] {
  return options.match(/(?:"(?:\\.|[^"\\])*"|[^\s"])+/g) ?? [];
}

const unquoted = (word: string) => word.replace(/"((?:\\.|[^"\\])*)"/g, '$1');

/**
 * NODE_OPTIONS without what loads modules of the program: a module that starts a pipeline would do so in
 * the pipeline's own thread too. What else is in it stays, such as a switch for node:sqlite.
 */
export function withoutPreloads(options: string): string {
  const kept: string[] = [];
  const words = wordsOf(options);
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const match = PRELOADS.exec(unquoted(word));
    if (match === null) kept.push(word);
    else if (match[1] === '') words.shift(); // its value is the next word
  }
  return kept.join(' ');
}

/** The environment of a pipeline's thread. */
export function threadEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS, ...rest } = process.env;
  return NODE_OPTIONS === undefined
    ? rest
    : { ...rest, NODE_OPTIONS: withoutPreloads(NODE_OPTIONS) };
}

/**
 * Refuses a pipeline inside a pipeline's thread: what starts one there starts another one in that one's
 * thread, without end.
 *
 * @throws TraceError `ERR_TRACE_PIPELINE`.
 */
export function refuseInsidePipeline(): void {
  if (isMainThread || (workerData as Partial<WorkerInput> | null)?.isPipelineThread !== true)
    return;
  throw new TraceError(
    'ERR_TRACE_PIPELINE',
    "a pipeline must be started outside of a pipeline's own thread, which a module that is loaded " +
      'before every thread (--import, --require) runs in too',
  );
}
