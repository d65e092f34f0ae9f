import { expected } from '../errors.js';
import { callerSite } from './caller-site.js';
import { isClass } from './is-class.js';
import { MonitoredFunction } from './monitored-function.js';
import { checkMonitorOptions, type MonitorOptions, type MonitorSettings } from './options.js';
import { classNameOf, functionName, isProxy, ownValue } from './serialize/safe-read.js';
import { type AnyFunction, wrapFunction } from './wrap-function.js';

// biome-ignore lint/suspicious/noExplicitAny: only `any` accepts every constructor's parameters
export type AnyClass = abstract new (...args: any[]) => unknown;

/** What the decorator is told: methods, static or not, private or not, and accessors where asked. */
export type MonitorContext =
  | ClassMethodDecoratorContext
  | ClassGetterDecoratorContext
  | ClassSetterDecoratorContext;

/** The module of code that is in no file. */
export const ANONYMOUS = 'anonymous';

/** What {@link monitor} returns: gives back the function, of the same type, monitored. */
export type Monitor = <F extends AnyFunction | AnyClass>(fn: F, context?: MonitorContext) => F;

const DECORATED = ['method', 'getter', 'setter'];

/**
 * Makes a function a source of events: `const place = monitor({ processGroup: 'Scheduler' })(fn)`, or
 * `@monitor({ … })` on a method. Every call is one event of type `function_call`; to its caller the
 * function is as before. A class is given back as it is: constructors are left alone.
 *
 * @throws TraceError `ERR_TRACE_OPTION` for an unknown option or a value it cannot have; what it
 * returns throws the same for anything that is no function.
 */
export function monitor(options: MonitorOptions = {}): Monitor {
  const site = callerSite();
  const settings = { ...checkMonitorOptions(options), site };
  const file = settings.module ?? site?.file ?? ANONYMOUS;
  return (fn, context) => {
    if (typeof fn !== 'function') throw expected('ERR_TRACE_OPTION', 'fn', 'a function', fn);
    if (context !== undefined && !DECORATED.includes(context.kind)) {
      const kind: unknown = (context as { kind?: unknown }).kind;
      throw expected(
        'ERR_TRACE_OPTION',
        'what @monitor decorates',
        `a ${DECORATED.join(', ')}`,
        kind,
      );
    }
    if (isClass(fn)) return fn;
    if (context === undefined)
      return monitorFunction(fn as AnyFunction, settings, file) as typeof fn;
    const monitored = new MonitoredFunction(fn, settings, file, String(context.name));
    if (context.kind !== 'method') monitored.values.nameField(String(context.name));
    const wrapper = wrapFunction(fn as AnyFunction, monitored) as typeof fn;
    if (settings.module === undefined) nameAfterClass(monitored, wrapper, context);
    return wrapper;
  };
}

/** The class of a decorated method is known when it, or its first instance, has been made. */
function nameAfterClass(
  monitored: MonitoredFunction,
  wrapper: object,
  context: MonitorContext,
): void {
  let isNamed = false;
  context.addInitializer(function (this: unknown) {
    if (isNamed || ((typeof this !== 'object' || this === null) && typeof this !== 'function'))
      return;
    isNamed = true;
    const name = context.static ? functionName(this) : owningClass(this, context.name, wrapper);
    if (name !== undefined) monitored.module = name;
  });
}

/** Of the instance's classes the one that declares the method; of a private one, the instance's own. */
function owningClass(instance: object, key: PropertyKey, method: object): string | undefined {
  let at: object | null = instance;
  while (at !== null && !isProxy(at)) {
    const { value, get, set } = Object.getOwnPropertyDescriptor(at, key) ?? {};
    if (value === method || get === method || set === method) {
      const made = ownValue(at, 'constructor');
      return typeof made === 'function' ? functionName(made) : undefined;
    }
    at = Object.getPrototypeOf(at) as object | null;
  }
  return isProxy(instance) ? undefined : classNameOf(instance);
}

/** Wraps one function with settings that were checked. */
export function monitorFunction<F extends AnyFunction>(
  fn: F,
  settings: MonitorSettings,
  module: string,
  name?: string,
): F {
  return wrapFunction(fn, new MonitoredFunction(fn, settings, module, name));
}
