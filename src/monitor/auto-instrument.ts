import { types } from 'node:util';
import { expected } from '../errors.js';
import { isClass } from './is-class.js';
import { callerFile, monitorFunction } from './monitor.js';
import { checkMonitorOptions, type MonitorOptions, type MonitorSettings } from './options.js';
import { functionName } from './serialize/safe-read.js';
import { type AnyFunction, isMonitored } from './wrap-function.js';

/** Names a function: in full, with `*` for any characters, or by a regular expression. */
export type FunctionPattern = string | RegExp;

export interface AutoInstrumentOptions extends MonitorOptions {
  /** Wrap only what one of these names. Default: everything. */
  include?: readonly FunctionPattern[] | undefined;
  /** Leave alone what one of these names, even if it is included. */
  exclude?: readonly FunctionPattern[] | undefined;
}

function toRegExps(patterns: unknown, name: string): RegExp[] | undefined {
  if (patterns === undefined) return undefined;
  const isPattern = (pattern: unknown) =>
    (typeof pattern === 'string' && pattern !== '') || types.isRegExp(pattern);
  if (!Array.isArray(patterns) || !patterns.every(isPattern)) {
    throw expected('ERR_TRACE_OPTION', name, 'an array of names and regular expressions', patterns);
  }
  return (patterns as FunctionPattern[]).map((pattern) => {
    // Without its flags g and y, which would make it remember the last match.
    if (typeof pattern !== 'string')
      return new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
    const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
    return new RegExp(`^${escaped}$`, 's');
  });
}

/**
 * Monitors the functions of an object, a module or a class (its methods and static methods), in
 * place. Left alone are constructors, accessors, symbols, inherited properties, what cannot be
 * replaced, and what is monitored already.
 *
 * The names of an ES module cannot be replaced: for `import * as x` a new object comes back, with the
 * same names, of which the functions are monitored.
 *
 * @returns the target, or that object.
 * @throws TraceError `ERR_TRACE_OPTION`.
 */
export function autoInstrument<T extends object>(
  target: T,
  options: AutoInstrumentOptions = {},
): T {
  if ((typeof target !== 'object' && typeof target !== 'function') || target === null) {
    throw expected('ERR_TRACE_OPTION', 'target', 'a module, an object or a class', target);
  }
  if (typeof options !== 'object' || options === null) {
    throw expected('ERR_TRACE_OPTION', 'options', 'an object', options);
  }
  const { include, exclude, ...rest } = options;
  const settings = checkMonitorOptions(rest);
  const included = toRegExps(include, 'include');
  const excluded = toRegExps(exclude, 'exclude') ?? [];
  const wanted = (name: string) =>
    (included === undefined || included.some((pattern) => pattern.test(name))) &&
    !excluded.some((pattern) => pattern.test(name));

  if (types.isModuleNamespaceObject(target)) {
    const copy = { ...target };
    replaceFunctions(copy, settings, settings.module ?? callerFile(), wanted);
    return copy;
  }
  if (isClass(target)) {
    const module = settings.module ?? functionName(target) ?? callerFile();
    replaceFunctions((target as { prototype: object } & T).prototype, settings, module, wanted);
    replaceFunctions(target, settings, module, wanted);
    return target;
  }
  replaceFunctions(target, settings, settings.module ?? callerFile(), wanted);
  return target;
}

function replaceFunctions(
  object: object,
  settings: MonitorSettings,
  module: string,
  wanted: (name: string) => boolean,
): void {
  for (const key of Object.getOwnPropertyNames(object)) {
    const descriptor = Object.getOwnPropertyDescriptor(object, key);
    const value: unknown = descriptor?.value;
    if (key === 'constructor' || typeof value !== 'function' || !wanted(key)) continue;
    if (descriptor?.configurable !== true && descriptor?.writable !== true) continue;
    if (isClass(value) || isMonitored(value)) continue;
    const wrapped = monitorFunction(value as AnyFunction, settings, module, key);
    Object.defineProperty(object, key, { ...descriptor, value: wrapped });
  }
}
