import { inspect } from 'node:util';
import type { AttributeList } from '../../collector/attribute-list.js';
import type { MonitorSettings } from '../options.js';
import { KeyBudget } from './budget.js';
import { maskText } from './mask-text.js';
import { plainView } from './plain-view.js';
import { MASK, SensitiveFields } from './sensitive-fields.js';
import { cutTo, isSensitiveName, READABLE_STRING_MAX, SmartText } from './smart-text.js';

/** Arguments recorded of one call; of the rest, their number. */
const ARGS_MAX = 16;
/** What masking looks at of a text beyond the cut. */
const MASKED_AHEAD = 600;

interface Argument {
  readonly key: string;
  readonly isSecret: boolean;
  readonly isSecretNumber: boolean;
}

/** The values of one monitored function as text. Its methods may throw what a serializer throws. */
export class ValueSerializer {
  readonly #settings: MonitorSettings;
  readonly #sensitive: SensitiveFields;
  readonly #budget = new KeyBudget();
  readonly #smart: SmartText;
  #args: readonly Argument[] = [];
  #rest: string | undefined;
  #isSecret = false;

  constructor(settings: MonitorSettings) {
    this.#settings = settings;
    this.#sensitive = new SensitiveFields(settings.sensitiveFields);
    this.#smart = new SmartText(this.#sensitive, this.#budget);
  }

  /** For an accessor: what it takes and gives is the field of this name. */
  nameField(name: string): void {
    this.#isSecret = this.#sensitive.has(name);
  }

  /** To be called once, before the first arguments: what the parameters are called. */
  nameArgs(names: readonly (string | undefined)[]): void {
    const last = names.at(-1);
    const fixed = last?.startsWith('...') === true ? names.slice(0, -1) : names;
    if (fixed !== names) this.#rest = last?.slice(3);
    // Of two parameters of one name the first keeps it.
    this.#args = fixed.map((name, index) =>
      this.#arg(name === undefined || fixed.indexOf(name) < index ? `${index}` : name, name),
    );
  }

  /** `contextTokens: number` is a count, and any other value of that name a secret. */
  #arg(label: string, name: string | undefined): Argument {
    const has = (example: unknown) => name !== undefined && this.#sensitive.has(name, example);
    return { key: `arg.${label}`, isSecret: has(''), isSecretNumber: has(0) };
  }

  #argAt(index: number): Argument {
    if (this.#rest === undefined) return this.#arg(`${index}`, undefined);
    return this.#arg(`${this.#rest}.${index - this.#args.length}`, this.#rest);
  }

  /** Adds `arg.<name>` for each argument. */
  addArgs(attributes: AttributeList, args: readonly unknown[]): void {
    this.#budget.startCall();
    const count = Math.min(args.length, ARGS_MAX);
    for (let i = 0; i < count; i++) {
      const value = args[i];
      const { key, isSecret, isSecretNumber } = this.#args[i] ?? this.#argAt(i);
      const isNumber = typeof value === 'number' || typeof value === 'bigint';
      const secret = isNumber ? isSecretNumber : isSecret;
      // In `set('password', value)` the value is named by the argument before it.
      const named = i > 0 && isSensitiveName(args[i - 1], this.#sensitive, value);
      attributes.add(key, (secret || named) && value !== undefined ? MASK : this.value(value));
    }
    if (args.length > count) attributes.add('arg.more', `+${args.length - count} more`);
  }

  /** A value as the options ask for it. */
  value(value: unknown): string {
    if (this.#isSecret && value !== undefined) return MASK;
    const { serializer, maxLength } = this.#settings;
    if (serializer === 'smart') return this.#smart.write(value, maxLength);
    return this.text(this.#whole(value), maxLength);
  }

  /** What was thrown, as `smart` writes it: with its own properties, masked. */
  thrown(error: unknown): string {
    return this.#smart.write(error, this.#settings.maxLength);
  }

  /** A text that is recorded as it is: masked and cut. */
  text(text: string, maxLength: number): string {
    if (text.length > READABLE_STRING_MAX) return cutTo(`[string of ${text.length}]`, maxLength);
    if (text.length <= maxLength) return cutTo(maskText(text, this.#sensitive), maxLength);
    const near = maskText(text.slice(0, maxLength + MASKED_AHEAD), this.#sensitive);
    return cutTo(near.length > maxLength ? near : `${near}…`, maxLength);
  }

  #whole(value: unknown): string {
    const { serializer, maxLength } = this.#settings;
    if (typeof serializer === 'function') {
      const text: unknown = serializer(value);
      return typeof text === 'string' ? text : '[serializer returned no string]';
    }
    const form = serializer === 'json' ? 'json' : 'inspect';
    const view = plainView(value, this.#sensitive, this.#budget, form, maxLength);
    if (form === 'json') return JSON.stringify(view) ?? 'undefined';
    return inspect(view, { depth: 8, breakLength: Infinity, compact: true, getters: false });
  }
}
