// The process that runs the SQL of rules: node query-process.js DATABASE. It reads, and is killed when it takes too long.

import { Connection } from '../store/sqlite/connection.js';
import { JOINED } from '../store/sqlite/event-row.js';
import { conditionOf } from '../store/sqlite/filter-sql.js';
import { openForReading } from '../store/sqlite/open-database.js';
import { loadDriver, type SqlValue } from '../store/sqlite/sqlite-driver.js';
import { wallText } from '../store/sqlite/wall-text.js';
import { messageOf } from '../thrown.js';
import { parseQueryLine } from '../wire/query-line.js';
import type { RuleQuery } from './alert-rule.js';
import type { Observation } from './alert-state.js';
import { observationOf, REQUESTS_MAX, withoutEnd } from './observation.js';
import type { Question, Reply } from './query-messages.js';
import { restrict } from './restrict.js';
import { SimulatedTime } from './simulated-time.js';

const MICROS_PER_MILLI = 1_000;

const [, , path = ''] = process.argv;

/** One connection for what is now, one for what was: both are opened when they are needed. */
class Database {
  #now: Connection | undefined;
  #simulated: { connection: Connection; time: SimulatedTime } | undefined;

  async at(atMs: number | undefined): Promise<Connection> {
    if (atMs === undefined) {
      this.#now ??= restrict(await openForReading(path));
      return this.#now;
    }
    this.#simulated ??= await this.#simulate();
    this.#simulated.time.now = atMs;
    return this.#simulated.connection;
  }

  async #simulate(): Promise<{ connection: Connection; time: SimulatedTime }> {
    const { DatabaseSync } = await loadDriver();
    const connection = await openForReading(path);
    const time = new SimulatedTime(connection, new Connection(new DatabaseSync(':memory:')));
    return { connection: restrict(connection), time };
  }
}

const database = new Database();

async function answer({ id, what, atMs }: Question): Promise<Reply> {
  const connection = await database.at(atMs);
  if ('requests' in what) {
    const sql = `SELECT * FROM (${withoutEnd(what.requests)}) LIMIT ${REQUESTS_MAX}`;
    const requests = connection.rows(sql).map(([value]) => value);
    return { id, requests: requests.filter((value) => typeof value === 'string') };
  }
  return { id, observation: observe(connection, what, atMs) };
}

function observe(connection: Connection, query: RuleQuery, atMs = Date.now()): Observation {
  const [sql, values] =
    'sql' in query ? [query.sql, []] : countOf(query.where, query.windowMs, atMs);
  const [row = []] = connection.rows(`SELECT * FROM (${withoutEnd(sql)}) LIMIT 1`, values);
  return observationOf(row[0]);
}

function countOf(where: string, windowMs: number, atMs: number): [string, SqlValue[]] {
  const { sql, values } = conditionOf(parseQueryLine(where));
  const [from, to] = [atMs - windowMs, atMs].map((ms) => wallText(ms * MICROS_PER_MILLI));
  const condition = sql === '' ? '' : `AND ${sql}`;
  return [
    `SELECT count(*) FROM event e ${JOINED} WHERE e.ts > ? AND e.ts <= ? ${condition}`,
    [from as string, to as string, ...values],
  ];
}

process.on('message', async (question: Question) => {
  const reply = await answer(question).catch(
    (error: unknown): Reply => ({
      id: question.id,
      observation: { kind: 'error', message: messageOf(error) },
    }),
  );
  process.send?.(reply);
});
process.on('disconnect', () => process.exit());
