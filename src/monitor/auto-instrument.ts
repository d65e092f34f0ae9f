import { types } from 'node:util';
import { expected } from '../errors.js';
import { callerSite } from './caller-site.js';
import { isClass } from './is-class.js';
import { ANONYMOUS, monitorFunction } from './monitor.js';
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
 * Monitors the functions of an object, a module, a class (its methods and static methods) or an instance (the
 * methods of its class, and of the classes that this one extends, on that instance alone), in place. Left alone
 * are constructors, accessors, symbols, what cannot be replaced, and what is monitored already.
 *
 * The names of an ES module cannot be replaced: for `import * as x` a new object comes back, with the
 * same names, of which the functions are monitored.
 *
 * @returns the target, or that object.
 * @throws TraceError `ERR_TRACE_OPTION`; also when nothing can be replaced, as in a frozen object.
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
  const site = callerSite();
  const settings = { ...checkMonitorOptions(rest), site };
  const callerFile = site?.file ?? ANONYMOUS;
  const included = toRegExps(include, 'include');
  const excluded = toRegExps(exclude, 'exclude') ?? [];
  const wanted = (name: string) =>
    (included === undefined || included.some((pattern) => pattern.test(name))) &&
    !excluded.some((pattern) => pattern.test(name));

  if (types.isModuleNamespaceObject(target)) {
    const copy = { ...target };
    replaceFunctions(copy, { settings, module: settings.module ?? callerFile, wanted });
    return copy;
  }
  const classOf = isClass(target) ? target : target.constructor;
  const name =
    typeof classOf === 'function' && classOf !== Object ? functionName(classOf) : undefined;
  const isPlain = typeof target === 'function' && !isClass(target);
  const module = settings.module ?? (isPlain ? undefined : name) ?? callerFile;
  const plan = { settings, module, wanted };
  const objects = isClass(target)
    ? [replaceFunctions((target as { prototype: object } & T).prototype, plan)]
    : [addInherited(target, plan)];
  objects.push(replaceFunctions(target, plan));
  if (objects.some(({ replaced }) => replaced > 0)) return target;
  const left = objects.flatMap(({ refused }) => refused);
  if (left.length === 0) return target;
  throw expected(
    'ERR_TRACE_OPTION',
    'target',
    `an object whose functions can be replaced, which ${left[0]} cannot: autoInstrument() what it is made ` +
      'from (its class, or the object before it was frozen), or wrap functions with monitor()',
    target,
  );
}

interface Plan {
  readonly settings: MonitorSettings;
  readonly module: string;
  readonly wanted: (name: string) => boolean;
}

/** How many functions were replaced, and the names of those that were wanted and cannot be. */
interface Outcome {
  replaced: number;
  readonly refused: string[];
}

/** The method of a property that is to be monitored, if it is one. */
function methodOf(
  object: object,
  key: string,
  { wanted }: Plan,
): (PropertyDescriptor & { value: AnyFunction }) | undefined {
  const descriptor = Object.getOwnPropertyDescriptor(object, key);
  const value: unknown = descriptor?.value;
  if (key === 'constructor' || typeof value !== 'function' || !wanted(key)) return undefined;
  if (isClass(value) || isMonitored(value)) return undefined;
  return descriptor as PropertyDescriptor & { value: AnyFunction };
}

/**
 * Gives an instance monitored methods of its own in front of those of its class and of what that extends, up to
 * the first that is no class: those of Node and of other built-in objects.
 */
function addInherited(instance: object, plan: Plan): Outcome {
  const outcome: Outcome = { replaced: 0, refused: [] };
  const seen = new Set(Object.getOwnPropertyNames(instance));
  for (
    let prototype: object | null =
      typeof instance === 'function' ? null : Object.getPrototypeOf(instance);
    prototype !== null && Object.getPrototypeOf(prototype) !== null;
    prototype = nextClassPrototype(prototype)
  ) {
    for (const key of Object.getOwnPropertyNames(prototype)) {
      if (seen.has(key)) continue;
      seen.add(key);
      const method = methodOf(prototype, key, plan);
      if (method === undefined) continue;
      const value = monitorFunction(method.value, plan.settings, plan.module, key);
      const added = {
        value,
        writable: true,
        configurable: true,
        enumerable: method.enumerable === true,
      };
      if (Reflect.defineProperty(instance, key, added)) outcome.replaced++;
      else outcome.refused.push(key);
    }
  }
  return outcome;
}

function nextClassPrototype(prototype: object): object | null {
  const next: object | null = Object.getPrototypeOf(prototype);
  if (next === null) return null;
  const made: unknown = Object.getOwnPropertyDescriptor(next, 'constructor')?.value;
  return typeof made === 'function' && isClass(made) ? next : null;
}

function replaceFunctions(object: object, plan: Plan): Outcome {
  const outcome: Outcome = { replaced: 0, refused: [] };
  for (const key of Object.getOwnPropertyNames(object)) {
    const method = methodOf(object, key, plan);
    if (method === undefined) continue;
    if (method.configurable !== true && method.writable !== true) {
      outcome.refused.push(key);
      continue;
    }
    const value = monitorFunction(method.value, plan.settings, plan.module, key);
    if (Reflect.defineProperty(object, key, { ...method, value })) outcome.replaced++;
    else outcome.refused.push(key);
  }
  return outcome;
}
