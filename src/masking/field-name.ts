/** How a name matches the list: not, as a field, or as the plural of one. */
export const Match = { None: 0, Field: 1, Plural: 2 } as const;
export type Match = (typeof Match)[keyof typeof Match];

/** What is known of a field by its name. */
export interface FieldName {
  readonly match: Match;
  /** The name, masked as text and cut: a URL with a password can be a key. */
  readonly shown: string;
  /** The name as it stands in front of its value, as the first member and after another. */
  readonly label: string;
  readonly nextLabel: string;
}

/**
 * Whether the value under a name is to be masked. A number under the plural of a field is taken for a
 * count (`tokens: 512`), and `true`, `false` and `null` tell nothing.
 */
export function masks(match: Match, value: unknown): boolean {
  if (match === Match.None || typeof value === 'boolean' || value === null) return false;
  return match === Match.Field || (typeof value !== 'number' && typeof value !== 'bigint');
}

/** For a value that something else than its own name names. */
export const ANY_FIELD: Match = Match.Field;
