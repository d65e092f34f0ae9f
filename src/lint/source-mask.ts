/** A comment of a source text: what it says, and the line it begins on, from 1. */
export interface SourceComment {
  line: number;
  text: string;
}

/** A source text of which only code is left. */
export interface MaskedSource {
  /** As long as the source, with spaces for comments, strings and regular expressions. */
  code: string;
  comments: SourceComment[];
}

/** After these a slash begins a regular expression, after any other name it divides. */
const BEFORE_REGEX =
  /(?:^|[^\w$.])(?:return|typeof|case|in|of|do|else|void|delete|throw|await|yield)$/;

/**
 * Blanks out of JavaScript or TypeScript whatever is not code. A scanner, not a parser, so that it
 * takes every dialect: text in JSX is left as it is, and an unclosed quote, such as an apostrophe in
 * such text, ends with its line.
 */
export function maskSource(source: string): MaskedSource {
  const out = source.split('');
  const comments: SourceComment[] = [];
  /** For each template that is open, how many braces are open in its `${…}`. */
  const templates: number[] = [];
  let line = 1;
  let at = 0;
  /** Of the last character that is code and no space. */
  let lastCode = -1;

  const blank = (from: number, to: number): void => {
    for (let i = from; i < to; i++) {
      if (out[i] === '\n') line++;
      else out[i] = ' ';
    }
    at = to;
  };

  const takeComment = (end: number): void => {
    comments.push({ line, text: source.slice(at + 2, end).replace(/\*\/$/, '') });
    blank(at, end);
  };

  /** Blanks template text from `from` to its end or to the next `${`. */
  const takeTemplate = (from: number): void => {
    let end = from;
    while (end < source.length && source[end] !== '`') {
      if (source.startsWith('${', end)) {
        templates.push(0);
        lastCode = end + 1;
        blank(at, end);
        at = end + 2;
        return;
      }
      end += source[end] === '\\' ? 2 : 1;
    }
    blank(at, Math.min(end + 1, source.length));
  };

  while (at < source.length) {
    const character = source[at] as string;
    const open = templates.length - 1;
    if (source.startsWith('//', at)) takeComment(endOf(source, '\n', at, 0));
    else if (source.startsWith('/*', at)) takeComment(endOf(source, '*/', at + 2, 2));
    else if (character === "'" || character === '"') blank(at, endOfString(source, at, character));
    else if (character === '`') takeTemplate(at + 1);
    else if (character === '}' && templates[open] === 0) {
      templates.pop();
      takeTemplate(at + 1);
    } else if (character === '/' && beginsRegex(source, lastCode))
      blank(at, endOfRegex(source, at));
    else {
      if (open >= 0 && character === '{') templates[open] = (templates[open] as number) + 1;
      if (open >= 0 && character === '}') templates[open] = (templates[open] as number) - 1;
      if (character === '\n') line++;
      if (!/\s/.test(character)) lastCode = at;
      at++;
    }
  }
  return { code: out.join(''), comments };
}

function endOf(source: string, mark: string, from: number, length: number): number {
  const found = source.indexOf(mark, from);
  return found < 0 ? source.length : found + length;
}

function endOfString(source: string, start: number, quote: string): number {
  for (let i = start + 1; i < source.length; i++) {
    if (source[i] === '\\') i++;
    else if (source[i] === quote) return i + 1;
    else if (source[i] === '\n') return i;
  }
  return source.length;
}

/** Whether a slash after this character, the last one of code, begins a regular expression. */
function beginsRegex(source: string, before: number): boolean {
  if (before < 0) return true;
  // `<` closes a JSX tag: `</p>`. A blanked string leaves nothing, so it looks like what is before it.
  if (/[(,=:[!&|?{};+\-*%~^>]/.test(source[before] as string)) return true;
  return BEFORE_REGEX.test(source.slice(Math.max(0, before - 10), before + 1));
}

/** No literal that a person writes is longer; text that only looks like one is not searched to its end. */
const REGEX_LENGTH_MAX = 1_000;

function endOfRegex(source: string, start: number): number {
  let inClass = false;
  const last = Math.min(source.length, start + REGEX_LENGTH_MAX);
  for (let i = start + 1; i < last; i++) {
    const character = source[i];
    if (character === '\n') return start + 1;
    if (character === '\\') i++;
    else if (character === '[') inClass = true;
    else if (character === ']') inClass = false;
    else if (character === '/' && !inClass) return i + 1;
  }
  return start + 1;
}
