import { AttributeList } from '../collector/attribute-list.js';
import { unwrapped } from '../context/wrapped-functions.js';
import { warn } from '../warnings.js';
import type { CodeSite } from './caller-site.js';
import type { CallRecorder, MonitorSettings } from './options.js';
import { parametersOf } from './parameter-names.js';
import { useSampleRate } from './sampling.js';
import { functionName } from './serialize/safe-read.js';
import { ValueSerializer } from './serialize/serializer.js';

let isUnnamedSaid = false;

/** Once for a thread: in a bundle it may be every function. */
function warnOfUnnamed(process: string): void {
  if (isUnnamedSaid) return;
  isUnnamedSaid = true;
  warn(
    'AEGIS_TRACE_UNNAMED',
    `the parameters of ${process} have no names to mask by (native, bound or minified code): its ` +
      'arguments, and those of all such functions, are recorded by type and length. monitor() takes ' +
      "unnamedArgs: 'value' to record them as they are.",
  );
}

/** What holds for all calls of one monitored function. */
export class MonitoredFunction {
  readonly settings: MonitorSettings;
  readonly values: ValueSerializer;
  /** The attributes of a call of which nothing else is recorded: `process`. */
  attributes: AttributeList;
  #process: string;
  readonly #name: string;
  readonly #fn: object;
  #named = false;
  /** The recorder that was told last where the code is, and all that were. */
  #toldLast: CallRecorder | undefined;
  readonly #told = new WeakSet<CallRecorder>();

  constructor(fn: object, settings: MonitorSettings, module: string, name?: string) {
    this.settings = settings;
    this.values = new ValueSerializer(settings);
    this.#name = settings.name ?? name ?? functionName(unwrapped(fn)) ?? 'anonymous';
    this.#process = `${module}.${this.#name}`;
    this.attributes = new AttributeList().add('process', this.#process);
    this.#fn = fn;
    useSampleRate(settings.sampleRate);
  }

  /** `module.function`. */
  get process(): string {
    return this.#process;
  }

  /** Sets the module once it is known: a decorator learns the class only later. */
  set module(module: string) {
    this.#process = `${module}.${this.#name}`;
    this.attributes = new AttributeList().add('process', this.#process);
  }

  /** Where it was monitored, once for each recorder: then undefined. */
  siteFor(recorder: CallRecorder): CodeSite | undefined {
    if (recorder === this.#toldLast) return undefined;
    this.#toldLast = recorder;
    if (this.#told.has(recorder)) return undefined;
    this.#told.add(recorder);
    return this.settings.site;
  }

  addArgs(attributes: AttributeList, args: readonly unknown[]): void {
    if (!this.#named) {
      this.#named = true;
      const parameters = parametersOf(this.#fn);
      if (parameters !== undefined) this.values.nameArgs(parameters);
      else if (this.settings.unnamedArgs === 'type') {
        this.values.hideArgs();
        warnOfUnnamed(this.#process);
      }
    }
    this.values.addArgs(attributes, args);
  }
}
