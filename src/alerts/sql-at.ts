const MILLIS_PER_SECOND = 1_000;

/** Texts, names in quotes and comments are passed over. */
const TOKENS =
  /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`|--[^\n]*|\/\*[\s\S]*?\*\/|\b(now|today|yesterday)\s*\(\s*\)|\b(FROM|JOIN)(\s+)(process_trace|data_trace)\b/gi;

/**
 * A query of ClickHouse as it would have answered at another time: its `now()`, `today()` and `yesterday()` are of that time,
 * and `process_trace` and `data_trace` end there. Milliseconds since 1970; undefined leaves the query as it is.
 */
export function sqlAt(sql: string, atMs: number | undefined): string {
  if (atMs === undefined) return sql;
  const now = `toDateTime(${Math.floor(atMs / MILLIS_PER_SECOND)})`;
  const days: Readonly<Record<string, string>> = {
    now,
    today: `toDate(${now})`,
    yesterday: `(toDate(${now}) - 1)`,
  };
  return sql.replace(TOKENS, (text, call, keyword, space, view) => {
    if (call !== undefined) return days[call.toLowerCase()] as string;
    if (keyword === undefined) return text;
    return `${keyword}${space}(SELECT * FROM ${view} WHERE ts <= ${now})`;
  });
}
