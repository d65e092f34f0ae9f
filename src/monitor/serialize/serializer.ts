import { inspect } from 'node:util';
import type { AttributeList } from '../../collector/attribute-list.js';
import { ANY_FIELD, masks } from '../../masking/field-name.js';
import { MASK } from '../../masking/mask.js';
import { maskText } from '../../masking/mask-text.js';
import { isSensitiveName } from '../../masking/named-pair.js';
import { SensitiveFields } from '../../masking/sensitive-fields.js';
import type { MonitorSettings } from '../options.js';
import type { Parameter } from '../parameter-names.js';
import { ArgumentNames } from './argument-names.js';
import { KeyBudget } from './budget.js';
import { jsonWithin } from './json-within.js';
import { plainView } from './plain-view.js';
import { shapeOf } from './shape.js';
import { cutTo, READABLE_STRING_MAX, SmartText } from './smart-text.js';

/** Arguments recorded of one call; of the rest, their number. */
const ARGS_MAX = 16;
/** What masking looks at of a text beyond the cut. */
const MASKED_AHEAD = 600;

/** The values of one monitored function as text. Its methods may throw what a serializer throws. */
export class ValueSerializer {
  readonly #settings: MonitorSettings;
  readonly #sensitive: SensitiveFields;
  readonly #budget = new KeyBudget();
  readonly #smart: SmartText;
  readonly #args: ArgumentNames;
  #isSecret = false;

  constructor(settings: MonitorSettings) {
    this.#settings = settings;
    this.#sensitive = SensitiveFields.of(settings.sensitiveFields);
    this.#args = new ArgumentNames(this.#sensitive);
    this.#smart = new SmartText(this.#sensitive, this.#budget);
  }

  /** For an accessor: what it takes and gives is the field of this name. */
  nameField(name: string): void {
    this.#isSecret = this.#sensitive.has(name);
  }

  /** To be called once, before the first arguments: what the parameters are called. */
  nameArgs(parameters: readonly Parameter[]): void {
    this.#args.set(parameters);
  }

  /** The same where nothing says what they are called: only type and length are recorded. */
  hideArgs(): void {
    this.#args.hide();
  }

  /** Adds `arg.<name>` for each argument. */
  addArgs(attributes: AttributeList, args: readonly unknown[]): void {
    this.#budget.startCall();
    const count = Math.min(args.length, ARGS_MAX);
    for (let i = 0; i < count; i++) {
      const value = args[i];
      const { key, isSecret, isSecretNumber, isHidden } = this.#args.at(i);
      const isNumber = typeof value === 'number' || typeof value === 'bigint';
      const secret = value !== undefined && (isNumber ? isSecretNumber : isSecret);
      // In `set('password', value)` the value is named by the argument before it.
      const named =
        i > 0 && value !== undefined && isSensitiveName(args[i - 1], this.#sensitive, value);
      if ((secret && masks(ANY_FIELD, value)) || named) attributes.add(key, MASK);
      else attributes.add(key, isHidden ? this.#shape(value) : this.value(value));
    }
    if (args.length > count) attributes.add('arg.more', `+${args.length - count} more`);
  }

  /** A value as the options ask for it. */
  value(value: unknown): string {
    if (this.#isSecret && value !== undefined) return MASK;
    const { serializer, maxLength } = this.#settings;
    if (serializer === 'smart') return this.#smart.write(value, maxLength);
    if (serializer === 'json') return jsonWithin(this.#view(value, 'json'), maxLength);
    return this.text(this.#whole(value), maxLength);
  }

  /** Type and length of a value, in the form that the options ask for. */
  #shape(value: unknown): string {
    const shape = shapeOf(value);
    const isText = typeof this.#settings.serializer === 'function' || !shape.startsWith('[');
    return isText ? shape : this.value(shape);
  }

  /** What was thrown, as `smart` writes it: with its own properties, masked. */
  thrown(error: unknown): string {
    return this.#smart.write(error, this.#settings.maxLength) || "''";
  }

  /** A text that is recorded as it is: masked and cut. */
  text(text: string, maxLength: number): string {
    if (text.length > READABLE_STRING_MAX) return cutTo(`[string of ${text.length}]`, maxLength);
    if (text.length <= maxLength) return cutTo(maskText(text, this.#sensitive), maxLength);
    const near = maskText(text.slice(0, maxLength + MASKED_AHEAD), this.#sensitive);
    return cutTo(near.length > maxLength ? near : `${near}…`, maxLength);
  }

  #whole(value: unknown): string {
    const { serializer } = this.#settings;
    if (typeof serializer === 'function') {
      const text: unknown = serializer(value);
      return typeof text === 'string' ? text : '[serializer returned no string]';
    }
    const view = this.#view(value, 'inspect');
    return inspect(view, { depth: 8, breakLength: Infinity, compact: true, getters: false });
  }

  #view(value: unknown, form: 'inspect' | 'json'): unknown {
    return plainView(value, this.#sensitive, this.#budget, form, this.#settings.maxLength);
  }
}
