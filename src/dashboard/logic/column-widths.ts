// The widths of columns that somebody has chosen, as they stand in the URL: `process:240,detail:600`.

/** Pixels. */
export const WIDTH_MIN = 40;
export const WIDTH_MAX = 2_000;

const bounded = (width: number): number =>
  Math.round(Math.min(WIDTH_MAX, Math.max(WIDTH_MIN, width)));

/** By the names of columns; what is no width is left out. */
export function widthsOf(param: string): ReadonlyMap<string, number> {
  const pairs = param.split(',').map((pair) => pair.split(':'));
  return new Map(
    pairs
      .filter(([name, width]) => name && width && /^\d{1,4}$/.test(width))
      .map(([name, width]) => [name as string, bounded(Number(width))]),
  );
}

/** The same with another width of a column; undefined takes the choice back. */
export function withWidth(param: string, name: string, width: number | undefined): string {
  const widths = new Map(widthsOf(param));
  if (width === undefined) widths.delete(name);
  else widths.set(name, bounded(width));
  return [...widths].map(([column, pixels]) => `${column}:${pixels}`).join();
}
