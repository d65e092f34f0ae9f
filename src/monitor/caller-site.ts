import { basename } from 'node:path';
import { readStack } from '../call-sites.js';

/** A place in somebody's code. */
export interface CodeSite {
  /** `scheduler` for …/scheduler.ts. */
  readonly file: string;
  /** As the stack has it: absolute; of the source where Node runs with source maps. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
}

/** From the caller to here there are four, and some more with decorators. */
const FRAMES = 9;
const FRAME = /(?:\(|at )(?:async )?((?:file:\/\/|\/|[A-Za-z]:[\\/])[^\n]*?):(\d+):\d+\)?$/;
/** This package's own files, of which the caller is none. */
const OWN = ['.', '../call-sites.'].map((path) => new URL(path, import.meta.url).href);

/** The place from which this package was called; undefined for code that is in no file. */
export function callerSite(): CodeSite | undefined {
  const stack = readStack(FRAMES);
  for (const frame of (typeof stack === 'string' ? stack : '').split('\n').slice(1)) {
    // Code made of text has no file; its caller has.
    if (frame.includes('(eval at ')) continue;
    const [, file, line] = FRAME.exec(frame) ?? [];
    if (file === undefined || OWN.some((own) => urlOf(file).startsWith(own))) continue;
    const path = pathOf(file.replace(/[?#].*$/, ''));
    const name = basename(path.replaceAll('\\', '/')).replace(/(?<=.)\.[^.]+$/, '');
    return { file: name, path, line: Number(line) };
  }
  return undefined;
}

const urlOf = (file: string): string => `file://${file.replace('file://', '')}`;

function pathOf(file: string): string {
  if (!file.startsWith('file://')) return file;
  try {
    return decodeURIComponent(file.slice('file://'.length));
  } catch {
    return file.slice('file://'.length);
  }
}
