/** Why a text cannot be the query of a rule; undefined when it can. */
export function sqlProblem(sql: string): string | undefined {
  const tokens = tokensOf(sql);
  if (typeof tokens === 'string') return tokens;
  // One end is a person's habit.
  if (tokens.at(-1) === ';') tokens.pop();
  const [first] = tokens;
  if (first === undefined) return 'it is empty';
  if (first !== 'SELECT' && first !== 'WITH') return 'it must begin with SELECT or WITH';
  if (tokens.includes(';')) return 'it must be one statement';
  const forbidden = tokens.find((token) => FORBIDDEN.has(token) || token.startsWith('PRAGMA_'));
  if (forbidden !== undefined) return `it must not say ${forbidden}`;
  const parameter = tokens.find((token) => /^[?:@$]/.test(token));
  return parameter === undefined ? undefined : `it must not have parameters, such as ${parameter}`;
}

/**
 * Words with which a statement does more than read, at any place outside of texts and names in quotes; functions of
 * SQLite that read or write files, or load code. They are no column or function of the views.
 */
const FORBIDDEN: ReadonlySet<string> = new Set([
  'ALTER',
  'ANALYZE',
  'ATTACH',
  'BEGIN',
  'COMMIT',
  'CREATE',
  'DELETE',
  'DETACH',
  'DROP',
  'EDIT',
  'FTS3_TOKENIZER',
  'INSERT',
  'LOAD_EXTENSION',
  'PRAGMA',
  'READFILE',
  'REINDEX',
  'RELEASE',
  'ROLLBACK',
  'SAVEPOINT',
  'UPDATE',
  'VACUUM',
  'WRITEFILE',
]);

/**
 * The words and signs of a statement in upper case, without comments and what is in quotes, as SQLite reads them
 * (https://sqlite.org/lang_comment.html, https://sqlite.org/lang_keywords.html); or what is wrong with it.
 */
function tokensOf(sql: string): string[] | string {
  if (sql.includes('\0')) return 'it must not have a NUL character';
  const tokens: string[] = [];
  const scanner =
    /\s+|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*('?)|"(?:[^"]|"")*("?)|`(?:[^`]|``)*(`?)|\[[^\]]*(\]?)|[?:@$]\w*|\w+|[^\s\w]/gy;
  for (let match = scanner.exec(sql); match !== null; match = scanner.exec(sql)) {
    const [text] = match;
    const quote = '\'"`['.includes(text[0] as string);
    if (quote && (match[1] ?? match[2] ?? match[3] ?? match[4]) === '') {
      return 'a text or name in quotes has no end';
    }
    const isNothing = quote || /^(?:\s|--|\/\*)/.test(text);
    if (!isNothing) tokens.push(text.toUpperCase());
  }
  return tokens;
}
