import type { StoredEvent } from '../event-store.js';
import { isForeignRun } from '../foreign-run.js';
import type { Connection } from './connection.js';
import { placeText } from './event-row.js';
import { quoted } from './literals.js';

/** Of one question. */
const ASKED_MAX = 2_000;

interface RepeatRow {
  readonly run: string;
  readonly lane: number;
  readonly sequence: string;
  readonly n: string;
  readonly last: string;
  readonly received: string;
}

/** Events with what is known of their repeats: attributes of those that have some. */
export async function withRepeats(
  connection: Connection,
  visible: string,
  events: readonly StoredEvent[],
): Promise<StoredEvent[]> {
  const repeats = new Map<string, Record<string, string>>();
  const foreign = events.filter(({ run }) => isForeignRun(run));
  for (let first = 0; first < foreign.length; first += ASKED_MAX) {
    const places = foreign
      .slice(first, first + ASKED_MAX)
      .map(
        ({ run, lane, sequence }) => `(${quoted(run)}, toUInt8(${lane}), toUInt64(${sequence}))`,
      );
    const rows = await connection.rows<RepeatRow>(
      'find repeats',
      `SELECT run, lane, sequence, count() AS n, max(last_ns) AS last, max(received_ns) AS received
       FROM repeat WHERE ${visible} AND (run, lane, sequence) IN (${places.join(', ')})
       GROUP BY run, lane, sequence`,
    );
    for (const row of rows) {
      repeats.set(placeText(row), {
        'aegis.repeats': row.n,
        'aegis.last_wall_ns': row.last,
        'aegis.last_received_ns': row.received,
      });
    }
  }
  if (repeats.size === 0) return [...events];
  return events.map((stored) => {
    const found = repeats.get(placeText(stored));
    if (found === undefined) return stored;
    const attributes = { ...stored.event.attributes, ...found };
    return { ...stored, event: { ...stored.event, attributes } };
  });
}
