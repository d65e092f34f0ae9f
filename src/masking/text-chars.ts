// What names and quotes in a text are made of.

const NAME = 1;
const kinds = new Uint8Array(128);
for (const character of '.%$-_') kinds[character.charCodeAt(0)] = NAME;
for (let unit = 0x30; unit <= 0x39; unit++) kinds[unit] = NAME;
for (let unit = 0; unit < 26; unit++) kinds[0x41 + unit] = kinds[0x61 + unit] = NAME;

/** Characters of a name that are looked at in each direction. */
const NAME_LENGTH_MAX = 128;

const PERCENT = 0x25;
const BACKSLASH = 0x5c;

/** `%5B`, `%5f`, `%61`: an encoded letter, digit, bracket, `-`, `.`, `_`, or a part of one beyond ASCII. */
const ENCODED_NAME = /%(?:2[de]|3\d|4[1-9a-f]|5[0-9abdf]|6[1-9a-f]|7[0-9a]|[89a-f][0-9a-f])/iy;

function isEncodedName(text: string, at: number): boolean {
  ENCODED_NAME.lastIndex = at;
  return ENCODED_NAME.test(text);
}

function isNameUnit(unit: number): boolean {
  // Spaces and quotes beyond ASCII are part of no name, nor is what is not there (NaN).
  return unit < 128 ? kinds[unit] === NAME : unit > 0xbf && (unit < 0x2000 || unit > 0x206f);
}

/** Where the name begins that goes on at `at`. */
export function nameStart(text: string, at: number, floor: number): number {
  const least = Math.max(floor, at - NAME_LENGTH_MAX);
  let start = at;
  while (start > least && isNameUnit(text.charCodeAt(start - 1))) {
    start--;
    // `a%3Dpassword`: what is encoded there separates.
    if (text.charCodeAt(start) === PERCENT && !isEncodedName(text, start)) {
      return Math.min(at, start + 3);
    }
  }
  return start;
}

/** One past the last character of the name that goes on at `at`. */
export function nameEnd(text: string, at: number): number {
  const most = Math.min(text.length, at + NAME_LENGTH_MAX);
  let end = at;
  while (end < most && isNameUnit(text.charCodeAt(end))) {
    if (text.charCodeAt(end) === PERCENT && !isEncodedName(text, end)) break;
    end++;
  }
  return end;
}

/** A name without its percent or JSON escapes; as it is where they are wrong. */
export function decodedName(name: string): string {
  let plain = name;
  if (plain.includes('\\')) {
    plain = plain.replace(/\\+u([0-9a-f]{4})/gi, (_, digits: string) =>
      String.fromCharCode(Number.parseInt(digits, 16)),
    );
  }
  if (!plain.includes('%')) return plain;
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
}

export function isQuote(unit: number): boolean {
  return unit === 0x22 || unit === 0x27 || unit === 0x60;
}

/** Backslashes that are counted in front of a quote: four levels of JSON in JSON. */
const BACKSLASHES_MAX = 15;

/** Characters of a quotation mark with the backslashes in front of it: 2 for `\"`; 0 when there is none. */
export function quoteLength(text: string, at: number): number {
  let end = at;
  while (end - at < BACKSLASHES_MAX && text.charCodeAt(end) === BACKSLASH) end++;
  return isQuote(text.charCodeAt(end)) ? end - at + 1 : 0;
}

/** The same for the mark that ends before `at`. */
export function quoteLengthBefore(text: string, at: number): number {
  if (!isQuote(text.charCodeAt(at - 1))) return 0;
  let start = at - 1;
  while (at - start <= BACKSLASHES_MAX && text.charCodeAt(start - 1) === BACKSLASH) start--;
  return at - start;
}

/**
 * Where the closing mark begins of what was opened by the `length` characters before `from`. The end
 * of the text when it is not there, or the mark that closes what is around.
 */
export function closingQuote(text: string, from: number, length: number): number {
  const quote = text.charAt(from - 1);
  const level = length - 1;
  for (let at = text.indexOf(quote, from); at !== -1; at = text.indexOf(quote, at + 1)) {
    let run = 0;
    while (at - run > from && text.charCodeAt(at - run - 1) === BACKSLASH) run++;
    if (run < level) return at - run;
    if (run % (2 * length) === level) return at - level;
  }
  return text.length;
}
