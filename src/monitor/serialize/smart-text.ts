import { types } from 'node:util';
import { ANY_FIELD, masks } from '../../masking/field-name.js';
import { MASK } from '../../masking/mask.js';
import { maskText } from '../../masking/mask-text.js';
import { holdsNamedSecret, isSensitiveName, isValueKey } from '../../masking/named-pair.js';
import type { SensitiveFields } from '../../masking/sensitive-fields.js';
import { errorText, isError } from '../../thrown.js';
import type { KeyBudget } from './budget.js';
import {
  bufferLength,
  classNameOf,
  dateMillis,
  firstOfMap,
  firstOfSet,
  functionName,
  isProxy,
  mapLength,
  regExpText,
  setLength,
  typedArrayLength,
  typedArrayName,
} from './safe-read.js';
import { COUNTED_MAX, webView } from './web-objects.js';

/** Members shown of an object, an array, a Map or a Set; of the rest, their number. */
const MEMBERS_MAX = 10;
/** Levels shown; what lies deeper is shown by its shape. */
const LEVELS_MAX = 3;
/** Objects opened for one value: bounds the time of one that is small in every direction but wide. */
const OBJECTS_MAX = 64;
/**
 * A longer string is not looked into. One that was concatenated is put together when it is read, at
 * up to 7 ns a character, and nothing tells it from others.
 */
export const READABLE_STRING_MAX = 1 << 16;
/** A larger bigint takes longer than it is worth to be written in decimal. */
const BIGINT_MAX = 1n << 1024n;

/** What a member counts against the length beside its strings: separators, brackets, a number. */
const PART_COST = 6;
/** How far after the cut the text is looked at: a password in a URL ends with its `@`. */
const MASKED_AHEAD = 600;

const { getOwnPropertyDescriptor, keys } = Object;
const { isArray } = Array;

/** Own properties of errors that tell why, though they are not enumerable. */
const HIDDEN_IN_ERRORS = ['cause', 'errors'];

function isHidden(object: object, key: string): boolean {
  return getOwnPropertyDescriptor(object, key)?.enumerable === false;
}

/** Cuts a text to `max` characters, the last of which then says so. */
export function cutTo(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, Math.max(0, max - 1))}…` : text;
}

/** The class of an object in front of its members; a plain object needs none. */
function prefix(object: object, plain: string): string {
  const name = classNameOf(object);
  if (name === plain) return '';
  return name === undefined ? (plain === 'Object' ? '[null prototype] ' : '') : `${name} `;
}

/**
 * Writes a value as a short text for a human reader: primitives as they are, collections by their
 * size and first members, instances with their class name, sensitive fields as `***`.
 *
 * Runs none of the user's code: getters, proxies, `toJSON` and `toString` are not called. Bounded
 * in characters, levels, members and objects; see {@link KeyBudget} for the one thing that is not.
 */
export class SmartText {
  readonly #sensitive: SensitiveFields;
  readonly #budget: KeyBudget;
  /** Characters that may still be written. A little more is, and cut at the end. */
  #left = 0;
  #objects = 0;
  /** The objects being written, outermost first. */
  readonly #open: object[] = [];

  constructor(sensitive: SensitiveFields, budget: KeyBudget) {
    this.#sensitive = sensitive;
    this.#budget = budget;
  }

  /** At most `maxLength` characters. */
  write(value: unknown, maxLength: number): string {
    this.#left = maxLength;
    this.#objects = OBJECTS_MAX;
    // What an exception of the last value left open. Setting it to 0 anyway is not for free.
    if (this.#open.length > 0) this.#open.length = 0;
    const text = typeof value === 'string' ? this.#plain(value) : this.#value(value);
    return text.length > maxLength ? cutTo(text, maxLength) : text;
  }

  #value(value: unknown): string {
    switch (typeof value) {
      case 'string':
        return `'${this.#plain(value)}'`;
      case 'number':
        return Object.is(value, -0) ? '-0' : `${value}`;
      case 'bigint':
        return value > BIGINT_MAX || value < -BIGINT_MAX ? '[bigint]' : `${value}n`;
      case 'symbol':
        return `Symbol(${this.#plain(value.description ?? '')})`;
      case 'function':
        return `[Function ${functionName(value) ?? '(anonymous)'}]`;
      case 'object':
        return value === null ? 'null' : this.#object(value);
      default:
        return `${value as undefined | boolean}`;
    }
  }

  /** A string, masked and cut to what is left. */
  #plain(text: string): string {
    if (text.length > READABLE_STRING_MAX) return `[string of ${text.length}]`;
    const room = Math.max(1, this.#left);
    // Masked with what follows the cut: what a text is the value of may stand after it.
    const near = text.length > room ? text.slice(0, room + MASKED_AHEAD) : text;
    const masked = cutTo(maskText(near, this.#sensitive), room);
    this.#left -= masked.length;
    return masked;
  }

  #object(object: object): string {
    if (isProxy(object)) return '[Proxy]';
    const at = this.#open.indexOf(object);
    if (at >= 0) return `[Circular ${this.#open.length - at}]`;
    if (isArray(object)) return this.#array(object);
    if (classNameOf(object) === 'Object') return this.#members('', object);
    return (
      this.#special(object) ?? this.#web(object) ?? this.#members(prefix(object, 'Object'), object)
    );
  }

  /** What is not shown by its properties alone. */
  #special(object: object): string | undefined {
    if (types.isTypedArray(object)) {
      const name = classNameOf(object) === 'Buffer' ? 'Buffer' : typedArrayName(object);
      return `${name}(${typedArrayLength(object)})`;
    }
    if (types.isMap(object)) return this.#map(object);
    if (types.isSet(object)) return this.#set(object);
    if (types.isDate(object)) {
      const millis = dateMillis(object);
      return Number.isNaN(millis) ? 'Invalid Date' : new Date(millis).toISOString();
    }
    if (isError(object)) return this.#error(object);
    if (types.isRegExp(object)) return `/${this.#plain(regExpText(object))}/`;
    if (types.isAnyArrayBuffer(object)) return `ArrayBuffer(${bufferLength(object)})`;
    if (types.isPromise(object)) return 'Promise';
    // To read a name of one that has not run yet throws.
    if (types.isModuleNamespaceObject(object)) return '[Module]';
    if (types.isWeakMap(object) || types.isWeakSet(object) || types.isDataView(object)) {
      return `[${classNameOf(object) ?? 'Object'}]`;
    }
    return undefined;
  }

  /** `name: message {own properties}`; the stack is an attribute of its own. */
  #error(error: object): string {
    // A name that is an accessor of a class: the class says the same.
    const name = errorText(error, 'name') ?? classNameOf(error) ?? 'Error';
    const message = errorText(error, 'message');
    const title = this.#plain(name);
    const text = message === undefined ? '' : this.#plain(message);
    const own = this.#members(
      ' ',
      error,
      HIDDEN_IN_ERRORS.filter((key) => isHidden(error, key)),
    );
    return `${title}${text === '' ? '' : `: ${text}`}${own === ' {}' ? '' : own}`;
  }

  #array(array: readonly unknown[]): string {
    const { length } = array;
    const size = length > MEMBERS_MAX ? `(${length}) ` : '';
    const name = `${prefix(array, 'Array')}${size}`;
    if (!this.#enter(array)) return `${name === '' ? `(${length}) ` : name}[…]`;
    let text = `${name}[`;
    let shown = 0;
    let secretNext = false;
    for (; shown < length && shown < MEMBERS_MAX && this.#left > 0; shown++) {
      const descriptor = getOwnPropertyDescriptor(array, shown);
      const value: unknown = descriptor?.value;
      let part: string;
      if (descriptor === undefined) part = '(empty)';
      else if (descriptor.get !== undefined || descriptor.set !== undefined) part = '[Getter]';
      // Raw headers, entries and argv hold a name and then its value.
      else part = secretNext && value !== undefined ? MASK : this.#value(value);
      secretNext = isSensitiveName(value, this.#sensitive) && !secretNext;
      text += this.#part(shown, part);
    }
    return `${text}${this.#rest(shown, length)}]${this.#leave()}`;
  }

  #map(map: object): string {
    const size = mapLength(map);
    const name = `${classNameOf(map) ?? 'Map'}(${size}) `;
    if (!this.#enter(map)) return `${name}{…}`;
    let text = `${name}{`;
    let shown = 0;
    for (const [key, value] of firstOfMap(map, MEMBERS_MAX)) {
      if (this.#left <= 0) break;
      const secret = isSensitiveName(key, this.#sensitive, value);
      text += this.#part(shown++, `${this.#value(key)} => ${secret ? MASK : this.#value(value)}`);
    }
    return `${text}${this.#rest(shown, size)}}${this.#leave()}`;
  }

  /** What the classes of the web platform do not show by their properties. */
  #web(object: object): string | undefined {
    const view = webView(object);
    if (view === undefined) return undefined;
    if (view.kind === 'text') return `${view.name} ${this.#plain(view.text)}`;
    const isList = view.kind === 'entries';
    const entries = isList ? view.entries : view.fields;
    const size = isList ? `(${view.size}${view.size === COUNTED_MAX ? '+' : ''})` : '';
    const name = `${classNameOf(object) ?? view.name}${size} `;
    if (!this.#enter(object)) return `${name}{…}`;
    let text = `${name}{`;
    let shown = 0;
    for (const [key, value] of entries) {
      if (this.#left <= 0 || shown === MEMBERS_MAX) break;
      const field = this.#sensitive.of(key);
      const label = shown === 0 ? field.label : field.nextLabel;
      this.#left -= label.length;
      text += label + (masks(field.match, value) ? MASK : this.#value(value));
      shown++;
    }
    if (isList) return `${text}${this.#rest(shown, view.size)}}${this.#leave()}`;
    const own = keys(object);
    for (let i = 0; i < own.length && shown < MEMBERS_MAX && this.#left > 0; i++) {
      text += this.#member(shown++, object, own[i] as string);
    }
    return `${text}${this.#rest(shown, entries.length + own.length)}}${this.#leave()}`;
  }

  #set(set: object): string {
    const size = setLength(set);
    const name = `${classNameOf(set) ?? 'Set'}(${size}) `;
    if (!this.#enter(set)) return `${name}{…}`;
    let text = `${name}{`;
    let shown = 0;
    for (const value of firstOfSet(set, MEMBERS_MAX)) {
      if (this.#left <= 0) break;
      text += this.#part(shown++, this.#value(value));
    }
    return `${text}${this.#rest(shown, size)}}${this.#leave()}`;
  }

  /** The enumerable string properties, and some others that were asked for. */
  #members(name: string, object: object, more: readonly string[] = []): string {
    if (!this.#budget.mayRead(object) || !this.#enter(object)) return `${name}{…}`;
    const names = keys(object);
    this.#budget.spend(object, names.length);
    let text = `${name}{`;
    let shown = 0;
    for (const key of more) text += this.#member(shown++, object, key);
    const hasSecret = holdsNamedSecret(object, this.#sensitive);
    for (let i = 0; i < names.length && shown < MEMBERS_MAX && this.#left > 0; i++) {
      text += this.#member(shown++, object, names[i] as string, hasSecret);
    }
    return `${text}${this.#rest(shown, names.length + more.length)}}${this.#leave()}`;
  }

  #member(index: number, object: object, key: string, hasSecret = false): string {
    const name = this.#sensitive.of(key);
    const label = index === 0 ? name.label : name.nextLabel;
    this.#left -= name.label.length + PART_COST;
    const descriptor = getOwnPropertyDescriptor(object, key);
    const value: unknown = descriptor?.value;
    if (masks(name.match, value) || (hasSecret && isValueKey(key) && masks(ANY_FIELD, value))) {
      return label + MASK;
    }
    if (
      descriptor !== undefined &&
      (descriptor.get !== undefined || descriptor.set !== undefined)
    ) {
      return `${label}[Getter]`;
    }
    return label + this.#value(value);
  }

  /** One member with what separates it from the one before. */
  #part(index: number, text: string): string {
    this.#left -= PART_COST;
    return index === 0 ? text : `, ${text}`;
  }

  #rest(shown: number, size: number): string {
    if (shown >= size) return '';
    return `${shown === 0 ? '' : ', '}+${size - shown} more`;
  }

  #enter(object: object): boolean {
    if (this.#open.length === LEVELS_MAX || this.#left <= 0 || --this.#objects < 0) return false;
    this.#open.push(object);
    return true;
  }

  #leave(): '' {
    this.#open.pop();
    return '';
  }
}
