/** Severities in rising order: `Info < Warning < Error < Critical`. */
export const SEVERITIES = ['Info', 'Warning', 'Error', 'Critical'] as const;

/** How much an event matters. Files, queries and the native ring use the same four names. */
export type Severity = (typeof SEVERITIES)[number];

/** The position of a severity in {@link SEVERITIES}, or -1 for anything that is not one. */
export function severityRank(value: unknown): number {
  return SEVERITIES.indexOf(value as Severity);
}
