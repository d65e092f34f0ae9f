/** Severities in rising order: `Info < Warning < Error < Critical`. */
export const SEVERITIES = ['Info', 'Warning', 'Error', 'Critical'] as const;

/** How much an event matters. Files, queries and the native ring use the same four names. */
export type Severity = (typeof SEVERITIES)[number];

const RANKS = new Map(SEVERITIES.map((name, rank) => [name.toLowerCase(), rank]));

/** What callers may be told when they name no severity. */
export const SEVERITY_EXPECTED = `one of ${SEVERITIES.join(', ')}`;

/** The rank of a severity as a caller wrote it, in any case; -1 for anything that is not one. */
export function severityRankOf(value: unknown): number {
  const rank = severityRank(value);
  if (rank >= 0 || typeof value !== 'string') return rank;
  // A name of ours is no longer than this; lowering a text of megabytes would take time.
  return value.length > 8 ? -1 : (RANKS.get(value.toLowerCase()) ?? -1);
}

/** The position of a severity in {@link SEVERITIES}, or -1 for anything that is not one: exact, as files have it. */
export function severityRank(value: unknown): number {
  return SEVERITIES.indexOf(value as Severity);
}
