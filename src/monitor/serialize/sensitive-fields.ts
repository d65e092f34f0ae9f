/**
 * Field names whose values are never recorded, unless `sensitiveFields` says otherwise. In any case
 * and any form: `api_key` is also `apiKey`, `API-KEY` and the end of `X-Api-Key`.
 */
export const DEFAULT_SENSITIVE_FIELDS: readonly string[] = [
  'password',
  'passwd',
  'passphrase',
  'pwd',
  'secret',
  'token',
  'api_key',
  'access_key',
  'private_key',
  'authorization',
  'cookie',
  'credential',
  'session_id',
  'jwt',
  'ssn',
  'card_number',
  'cvv',
];

/** What is written in place of a sensitive value. */
export const MASK = '***';

/** From this length on a field's name is found inside any other: `dbpassword`, `mysecretvalue`. */
const DISTINCTIVE_LENGTH = 6;
/** Distinct keys whose answer is remembered: those of a program's types, not of its data. */
const REMEMBERED_KEYS = 2000;
/** A longer key is no name that somebody chose; only its beginning is looked at. */
const KEY_LENGTH_MAX = 200;
/** Characters of a name that are shown. */
const SHOWN_LENGTH_MAX = 100;

/** `userAPIKey`, `user_api_key` and `User-Api-Key` are all user, api, key. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

const Match = { None: 0, Field: 1, Plural: 2 } as const;
type Match = (typeof Match)[keyof typeof Match];

/** What is known of a field by its name. */
export interface FieldName {
  readonly match: Match;
  /** The name as it stands in front of its value, as the first member and behind another. */
  readonly label: string;
  readonly nextLabel: string;
}

/**
 * Whether the value under a name is to be masked. A number under the plural of a field is taken for a
 * count: `tokens: 512`.
 */
export function masks({ match }: FieldName, value: unknown): boolean {
  if (match === Match.None) return false;
  return match === Match.Field || (typeof value !== 'number' && typeof value !== 'bigint');
}

/** Decides by its name whether a value may be recorded. */
export class SensitiveFields {
  readonly #fields: readonly string[];
  readonly #known = new Map<string, FieldName>();

  constructor(fields: readonly string[]) {
    this.#fields = fields.map((field) => wordsOf(field).join('')).filter((field) => field !== '');
  }

  /** Whether the value under this name is to be masked. */
  has(name: string, value?: unknown): boolean {
    return masks(this.of(name), value);
  }

  /** What is known of a name. */
  of(name: string): FieldName {
    return this.#known.get(name) ?? this.#learn(name);
  }

  #learn(name: string): FieldName {
    const key = name.length > KEY_LENGTH_MAX ? name.slice(0, KEY_LENGTH_MAX) : name;
    const shown = name.length > SHOWN_LENGTH_MAX ? `${name.slice(0, SHOWN_LENGTH_MAX - 1)}…` : name;
    const found = { match: this.#find(key), label: `${shown}: `, nextLabel: `, ${shown}: ` };
    if (this.#known.size < REMEMBERED_KEYS && key === name) this.#known.set(name, found);
    return found;
  }

  #find(name: string): Match {
    const words = wordsOf(name);
    const joined = words.join('');
    let found: Match = Match.None;
    for (const field of this.#fields) {
      if (field.length >= DISTINCTIVE_LENGTH && joined.includes(field)) return Match.Field;
      // Short ones only as whole words, one or several, so that `pin` is not found in `spinning`.
      for (let from = 0; from < words.length; from++) {
        let run = '';
        for (let to = from; to < words.length && run.length < field.length; to++) run += words[to];
        if (run === field) return Match.Field;
        if (run === `${field}s`) found = Match.Plural;
      }
    }
    return found;
  }
}
