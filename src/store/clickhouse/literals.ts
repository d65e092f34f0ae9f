// Values as ClickHouse's SQL and its format TabSeparated write them. Servers before 19 know no parameters of a query.

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '\0': '\\0',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};
const ESCAPED = /[\\'\0\b\f\n\r\t]/;
const EACH_ESCAPED = new RegExp(ESCAPED, 'g');

/** A text within a field, or within quotes. */
export function escaped(text: string): string {
  // Most have nothing to escape, and to look for that is a third of the cost.
  if (!ESCAPED.test(text)) return text;
  return text.replaceAll(EACH_ESCAPED, (character) => ESCAPES[character] as string);
}

export const quoted = (text: string): string => `'${escaped(text)}'`;

export const listOf = (texts: Iterable<string>): string => Array.from(texts, quoted).join(',');

/** An array of texts, in SQL and in a field. */
export const arrayOf = (texts: Iterable<string>): string => `[${listOf(texts)}]`;
