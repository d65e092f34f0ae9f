import { AttributeList } from '../collector/attribute-list.js';
import type { MonitorSettings } from './options.js';
import { parameterNames } from './parameter-names.js';
import { useSampleRate } from './sampling.js';
import { functionName } from './serialize/safe-read.js';
import { ValueSerializer } from './serialize/serializer.js';

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

  constructor(fn: object, settings: MonitorSettings, module: string, name?: string) {
    this.settings = settings;
    this.values = new ValueSerializer(settings);
    this.#name = settings.name ?? name ?? functionName(fn) ?? 'anonymous';
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

  addArgs(attributes: AttributeList, args: readonly unknown[]): void {
    if (!this.#named) {
      this.#named = true;
      const names = parameterNames(this.#fn);
      if (names !== undefined) this.values.nameArgs(names);
    }
    this.values.addArgs(attributes, args);
  }
}
