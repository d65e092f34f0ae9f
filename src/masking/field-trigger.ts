// Finding names in a text: one pass with a table instead of a regular expression, which takes ten times as
// long with so many alternatives.

/** Codes of characters: letters 1 to 26, digits 27, all beyond ASCII 28, others 0. */
const DIGIT = 27;
export const OTHER = 28;
export const CODES = new Uint8Array(128);
for (let unit = 0; unit < 26; unit++) CODES[0x41 + unit] = CODES[0x61 + unit] = unit + 1;
for (let unit = 0x30; unit <= 0x39; unit++) CODES[unit] = DIGIT;

/** The code of a UTF-16 unit. */
function codeOf(unit: number): number {
  return unit < 128 ? (CODES[unit] as number) : OTHER;
}

/** Three characters' codes. */
const STEM_BITS = 15;
export const STEM_MASK = (1 << STEM_BITS) - 1;
export const CODE_BITS = 5;
/** Characters between two of a name's that are skipped, at most: `api - key`. */
const GAP_MAX = 3;

export const FIELD_STEM = 1;
export const SHAPE_STEM = 2;

/** Beginnings of what is looked at besides fields: known tokens, authentication schemes, programs. */
const SHAPE_STEMS = (
  'eyj ghp gho ghu ghs ghr git glp xox aki asi aiz ya2 npm whs hvs shp pyp dop ' +
  'sig bas bea age hoo cur mys mar ssh red mon mos doc sql smb lda 7za zip unz'
).split(' ');

function stemOf(text: string): number {
  let stem = 0;
  for (let i = 0; i < 3; i++) stem = (stem << CODE_BITS) | codeOf(text.charCodeAt(i));
  return stem;
}

/** The table of a list of fields. */
export class FieldTrigger {
  /** For three characters' codes: FIELD_STEM, SHAPE_STEM, both or neither. */
  readonly stems = new Uint8Array(1 << STEM_BITS);
  readonly #fields = new Map<number, string[]>();

  /** @param fields - in lower case, letters and digits only. */
  constructor(fields: readonly string[]) {
    for (const stem of SHAPE_STEMS) this.stems[stemOf(stem)] = SHAPE_STEM;
    // `sk-…` and `SG.…`: whatever comes next.
    for (let code = 1; code <= OTHER; code++) {
      for (const two of ['sk', 'sg']) {
        this.stems[(stemOf(`${two}a`) & ~31) | code] = SHAPE_STEM;
      }
    }
    for (const field of fields) {
      // A field of one or two characters begins every stem that they begin.
      const missing = Math.max(0, 3 - field.length);
      const base = stemOf(field.padEnd(3, '_'));
      for (let more = 0; more < 1 << (missing * CODE_BITS); more++) this.#add(base | more, field);
    }
  }

  #add(stem: number, field: string): void {
    (this.stems[stem] as number) |= FIELD_STEM;
    const fields = this.#fields.get(stem);
    if (fields === undefined) this.#fields.set(stem, [field]);
    else fields.push(field);
  }

  /**
   * Where a field's name ends whose third character is at `third`; -1 when there is none.
   *
   * @param stem - the codes of its first three characters.
   */
  fieldEnd(text: string, third: number, stem: number): number {
    let longest = -1;
    for (const field of this.#fields.get(stem) ?? []) {
      const end =
        field.length < 3
          ? shortEnd(text, third, 3 - field.length)
          : restEnd(text, third + 1, field);
      if (end > longest) longest = end;
    }
    return longest;
  }

  /** Whether a field's letters are in the name one after the other. */
  isIn(name: string): boolean {
    if (name.length < 3) return true;
    let stem = 0;
    for (let i = 0; i < name.length; i++) {
      const code = codeOf(name.charCodeAt(i));
      if (code === 0) continue;
      stem = ((stem << CODE_BITS) | code) & STEM_MASK;
      if (((this.stems[stem] as number) & FIELD_STEM) !== 0) return true;
    }
    // What a name of two letters, `a_b`, makes with nothing before it.
    return [...name].filter((character) => /[\p{L}\p{N}]/u.test(character)).length < 3;
  }
}

/** Where the rest of a field ends, of which three characters were found before `from`; -1 if it is not there. */
function restEnd(text: string, from: number, field: string): number {
  let at = from;
  for (let i = 3; i < field.length; i++) {
    let gap = 0;
    while (isGap(text.charCodeAt(at))) {
      if (++gap > GAP_MAX) return -1;
      at++;
    }
    if (at >= text.length) return -1;
    const unit = text.charCodeAt(at);
    const isSame =
      unit < 128
        ? (unit | 0x20) === field.charCodeAt(i)
        : text.charAt(at).toLowerCase() === field.charAt(i);
    if (!isSame) return -1;
    at++;
  }
  return at;
}

/** What may stand between two words of a name: space, `-`, `.`, `_`. */
function isGap(unit: number): boolean {
  return unit === 0x20 || unit === 0x2d || unit === 0x2e || unit === 0x5f;
}

/** Where a field of one or two characters ends: before the last `more` of three that were found. */
function shortEnd(text: string, third: number, more: number): number {
  let at = third;
  for (let i = 0; i < more; i++) {
    at--;
    while (at > 0 && codeOf(text.charCodeAt(at)) === 0) at--;
  }
  return at + 1;
}
