// Spans of time, as the URL has them: `-1h` before now, or an ISO time.

/** What a span is called in the URL, and for people. */
export const RANGES = [
  ['-5m', 'Last 5 min'],
  ['-15m', 'Last 15 min'],
  ['-1h', 'Last hour'],
  ['-6h', 'Last 6 hours'],
  ['-24h', 'Last day'],
  ['', 'All'],
] as const;

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const RELATIVE = /^-(\d{1,6})([smhd])$/;

/** Milliseconds since 1970; undefined for the end of all times, and for what is no time. */
export function timeOf(text: string, nowMs: number): number | undefined {
  const [, amount, unit] = RELATIVE.exec(text) ?? [];
  if (amount !== undefined) return nowMs - Number(amount) * (UNIT_MS[unit as string] as number);
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

/** The same as an ISO time: what is shared shows everybody the same. */
export function frozen(text: string, nowMs: number): string {
  if (!RELATIVE.test(text)) return text;
  return new Date(timeOf(text, nowMs) as number).toISOString();
}

/** The name of a span in the list; undefined for another one. */
export function rangeName(from: string, to: string): string | undefined {
  return to === '' ? RANGES.find(([name]) => name === from)?.[1] : undefined;
}
