/** The keys and values of attributes, one after the other, as they cross to native code. */
export class AttributeText {
  text = '';
  /** Of key, value, key, value, …; the first `count` count. */
  readonly lengths: number[] = [];
  count = 0;
  /** Whether some were left out. */
  truncated = false;

  clear(): void {
    this.text = '';
    this.count = 0;
    this.truncated = false;
  }

  add(key: string, value: string): void {
    this.text += key + value;
    this.lengths[this.count++] = key.length;
    this.lengths[this.count++] = value.length;
  }
}

/**
 * Attributes that are taken apart as they are added, for events that are recorded often: a collector
 * takes a list in place of the object, which it would have to read. The keys must differ.
 */
export class AttributeList {
  readonly #text = new AttributeText();

  /** With the attributes of another list in front. */
  static after(base: AttributeList): AttributeList {
    const list = new AttributeList();
    list.#text.text = base.#text.text;
    list.#text.count = base.#text.count;
    for (let i = 0; i < base.#text.count; i++) {
      list.#text.lengths.push(base.#text.lengths[i] as number);
    }
    return list;
  }

  /** What was added, if it is a list. */
  static textOf(attributes: object): AttributeText | undefined {
    return #text in attributes ? attributes.#text : undefined;
  }

  add(key: string, value: string): this {
    this.#text.add(key, value);
    return this;
  }

  /** As an object, for everybody else. */
  toRecord(): Record<string, string> {
    const { text, lengths, count } = this.#text;
    const record: Record<string, string> = {};
    let at = 0;
    for (let i = 0; i < count; i += 2) {
      const key = text.slice(at, at + (lengths[i] as number));
      at += key.length;
      const value = text.slice(at, at + (lengths[i + 1] as number));
      at += value.length;
      record[key] = value;
    }
    return record;
  }
}

/** On the prototype of a collector: its own record function, the one that takes lists. */
export const TAKES_LISTS: unique symbol = Symbol('aegis-trace.takes-attribute-lists');
