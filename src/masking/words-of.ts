/** Words that have a field's name in them and mean something else. */
const OTHER_WORDS = new Set(['secretary', 'secretaries', 'secretariat', 'passwordless']);

const ASCII = /^[\x20-\x7e]*$/;
const NONE = 0;
const LOWER = 1;
const UPPER = 2;
const DIGIT = 3;

/** `userAPIKey`, `user_api_key` and `User-Api-Key2` are user, api, key (and 2). */
export function wordsOf(name: string): string[] {
  const words = ASCII.test(name) ? asciiWords(name) : otherWords(name);
  return words.filter((word) => !OTHER_WORDS.has(word));
}

function kindOf(unit: number): number {
  if (unit >= 0x61 && unit <= 0x7a) return LOWER;
  if (unit >= 0x41 && unit <= 0x5a) return UPPER;
  return unit >= 0x30 && unit <= 0x39 ? DIGIT : NONE;
}

/** By hand: a text can be full of names, and the regular expressions take 3 µs each. */
function asciiWords(name: string): string[] {
  const words: string[] = [];
  const lower = name.toLowerCase();
  let start = 0;
  let before = NONE;
  for (let at = 0; at <= name.length; at++) {
    const kind = kindOf(name.charCodeAt(at));
    const isSame =
      kind === before
        ? kind !== UPPER || kindOf(name.charCodeAt(at + 1)) !== LOWER
        : before === UPPER && kind === LOWER;
    if (isSame) continue;
    if (before !== NONE) words.push(lower.slice(start, at));
    start = at;
    before = kind;
  }
  return words;
}

function otherWords(name: string): string[] {
  return name
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+|(?<=\p{L})(?=\p{N})|(?<=\p{N})(?=\p{L})/u)
    .filter((word) => word !== '');
}
