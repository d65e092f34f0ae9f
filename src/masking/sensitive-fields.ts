import { type FieldName, Match, masks } from './field-name.js';
import { FieldTrigger } from './field-trigger.js';
import { maskText } from './mask-text.js';
import { wordsOf } from './words-of.js';

/**
 * Field names whose values are never written, unless `sensitiveFields` says otherwise. In any case
 * and any form: `api_key` is also `apiKey`, `API-KEY`, `apikey2` and the end of `X-Api-Key`.
 */
export const DEFAULT_SENSITIVE_FIELDS: readonly string[] = [
  'password',
  'passwd',
  'passphrase',
  'passcode',
  'pwd',
  'secret',
  'token',
  'api_key',
  'access_key',
  'private_key',
  'signing_key',
  'encryption_key',
  'authorization',
  'cookie',
  'credential',
  'session_id',
  'jwt',
  'otp',
  'ssn',
  'card_number',
  'cvv',
];

/** From this length on a field's name is found inside any other: `dbpassword`, `mysecretvalue`. */
const DISTINCTIVE_LENGTH = 6;
/** From this length on it is found at the end of a word: `authtoken`. */
const SUFFIX_LENGTH = 5;
/** Distinct keys whose answer is remembered: those of a program's types, not of its data. */
const REMEMBERED_KEYS = 2000;
/** A longer key is no name that somebody chose; only its beginning is looked at. */
const KEY_LENGTH_MAX = 200;
/** Characters of a name that are shown. */
const SHOWN_LENGTH_MAX = 100;

/**
 * What a name ends with that tells about a secret and is none: `token_type`, `passwordPolicy`,
 * `TokenExpiredError`. An address is not among them: `password_reset_url` lets one in.
 */
const ABOUT = new Set(
  (
    'name type count length size limit max min ttl expires expiry expiration at in policy algorithm ' +
    'alg endpoint enabled required status error exception warning'
  ).split(' '),
);

const shared = new Map<string, SensitiveFields>();
/** Lists of fields whose tables are shared by all who give the same. */
const SHARED_MAX = 16;

/** Decides by its name whether a value may be written. */
export class SensitiveFields {
  /** Finds the fields' names in texts. */
  readonly trigger: FieldTrigger;
  readonly #fields: readonly string[];
  readonly #matches = new Map<string, Match>();
  readonly #known = new Map<string, FieldName>();

  constructor(fields: readonly string[]) {
    this.#fields = fields.map((field) => wordsOf(field).join('')).filter((field) => field !== '');
    this.trigger = new FieldTrigger(this.#fields);
  }

  /** The same object for the same fields. */
  static of(fields: readonly string[]): SensitiveFields {
    const key = JSON.stringify(fields);
    let found = shared.get(key);
    if (found === undefined) {
      found = new SensitiveFields(fields);
      if (shared.size < SHARED_MAX) shared.set(key, found);
    }
    return found;
  }

  /** Whether the value under this name is to be masked. */
  has(name: string, value?: unknown): boolean {
    return masks(this.matchOf(name), value);
  }

  /** How a name matches the list. */
  matchOf(name: string): Match {
    const known = this.#matches.get(name);
    if (known !== undefined) return known;
    const key = name.length > KEY_LENGTH_MAX ? name.slice(0, KEY_LENGTH_MAX) : name;
    const match = this.#find(key);
    if (this.#matches.size < REMEMBERED_KEYS && key === name) this.#matches.set(name, match);
    return match;
  }

  /** What is known of the name of a member. */
  of(name: string): FieldName {
    return this.#known.get(name) ?? this.#learn(name);
  }

  #learn(name: string): FieldName {
    const key = name.length > KEY_LENGTH_MAX ? name.slice(0, KEY_LENGTH_MAX) : name;
    const masked = maskText(key, this);
    const shown =
      masked.length > SHOWN_LENGTH_MAX ? `${masked.slice(0, SHOWN_LENGTH_MAX - 1)}…` : masked;
    const match = this.matchOf(key);
    const found = { match, shown, label: `${shown}: `, nextLabel: `, ${shown}: ` };
    if (this.#known.size < REMEMBERED_KEYS && key === name) this.#known.set(name, found);
    return found;
  }

  #find(name: string): Match {
    // Most names have no letters of a field in them, and need not be taken apart.
    if (!this.trigger.isIn(name)) return Match.None;
    const words = wordsOf(name);
    const last = words.findLast((word) => !/^\p{N}/u.test(word)) ?? '';
    const about = ABOUT.has(last) ? last : '';
    const joined = words.join('');
    let found: Match = Match.None;
    for (const field of this.#fields) {
      if (about !== '' && !(field.endsWith(about) && joined.endsWith(field))) continue;
      if (field.length >= DISTINCTIVE_LENGTH && joined.includes(field)) {
        if (!last.endsWith(`${field}s`)) return Match.Field;
        found = Match.Plural;
        continue;
      }
      // Short ones only as whole words, one or several, so that `pin` is not found in `spinning`.
      for (let from = 0; from < words.length; from++) {
        let run = '';
        for (let to = from; to < words.length && run.length < field.length; to++) run += words[to];
        if (run === field) return Match.Field;
        if (field.length >= SUFFIX_LENGTH && (words[from] as string).endsWith(field)) {
          return Match.Field;
        }
        if (run === `${field}s`) found = Match.Plural;
      }
    }
    return found;
  }
}
