import type { AlertTexts, KeptTexts, NamedText } from '../alert-store.js';
import type { Connection } from './connection.js';
import { arrayOf, escaped } from './literals.js';

/** An array is last, as in events: see event-row.ts. */
const COLUMNS = ['kind', 'name', 'slot', 'version', 'texts'] as const;

type Kind = 'state' | 'change' | 'notice';

interface AlertRow {
  readonly kind: Kind;
  readonly name: string;
  readonly slot: number;
  /** One, or none when it is gone. */
  readonly texts_: readonly string[];
  readonly latest: string;
}

/** Versions that are of one fence; of those without one there are as many. */
const FENCE_VERSIONS = 1_000_000_000;

const latestOf = (known: readonly AlertRow[]): number => Number(known.at(-1)?.latest ?? 0);

interface NewRow {
  readonly kind: Kind;
  readonly name: string;
  readonly slot?: number;
  readonly text?: string;
}

/**
 * What is kept of alerts: rows under a kind, a name and a slot, of which the latest version holds. Changes of a rule go
 * round in so many slots as are kept. One process writes at a time, and each save is one insert.
 */
export class AlertTable {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** @throws ServerError (rejects), as do all of the following. */
  async all(): Promise<KeptTexts> {
    const rows = await this.#find();
    const textsOf = (kind: Kind): NamedText[] =>
      rows
        .filter((row) => row.kind === kind)
        .flatMap(({ name, texts_: texts }) => texts.map((text) => ({ name, text })));
    return { states: textsOf('state'), changes: textsOf('change'), notices: textsOf('notice') };
  }

  /** @returns false for one that a later fence has been saved by. */
  async save(
    { states, changes, notices }: AlertTexts,
    changesMax: number,
    fence: number | undefined,
  ): Promise<boolean> {
    const known = await this.#find();
    if (fence !== undefined && latestOf(known) >= (fence + 1) * FENCE_VERSIONS) return false;
    const rows: NewRow[] = [];
    for (const { name, text } of states) {
      rows.push({ kind: 'state', name, ...(text !== undefined && { text }) });
      if (text !== undefined) continue;
      const slots = known.filter((row) => row.kind === 'change' && row.name === name);
      for (const { slot } of slots) rows.push({ kind: 'change', name, slot });
    }
    const nextSlots = new Map<string, number>();
    for (const { name, text } of changes) {
      // They are in the order of their versions.
      const last = known.findLast((row) => row.kind === 'change' && row.name === name);
      const slot = nextSlots.get(name) ?? ((last?.slot ?? -1) + 1) % changesMax;
      nextSlots.set(name, (slot + 1) % changesMax);
      rows.push({ kind: 'change', name, slot, text });
    }
    for (const { name, text } of notices) rows.push({ kind: 'notice', name, text });
    await this.#insert(known, rows, fence);
    return true;
  }

  async removeNotice(name: string): Promise<void> {
    await this.#insert(await this.#find(), [{ kind: 'notice', name }]);
  }

  /** In the order of their versions. */
  #find(): Promise<AlertRow[]> {
    return this.#connection.rows<AlertRow>(
      'read its alerts',
      `SELECT kind, name, slot, argMax(texts, version) AS texts_, max(version) AS latest FROM alert GROUP BY kind, name, slot ORDER BY latest`,
    );
  }

  /** Those without a text are gone. */
  async #insert(known: readonly AlertRow[], rows: readonly NewRow[], fence = 0): Promise<void> {
    if (rows.length === 0) return;
    const first = Math.max(latestOf(known), fence * FENCE_VERSIONS) + 1;
    const lines = rows.map(({ kind, name, slot = 0, text }, index) => {
      const texts = arrayOf(text === undefined ? [] : [text]);
      return `${[kind, escaped(name), slot, first + index, texts].join('\t')}\n`;
    });
    await this.#connection.insert('alert', { columns: COLUMNS, rows: lines.join('') });
  }
}
