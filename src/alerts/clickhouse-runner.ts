import { Connection } from '../store/clickhouse/connection.js';
import { and, conditionsOf } from '../store/clickhouse/filter-sql.js';
import { VISIBLE } from '../store/clickhouse/schema.js';
import { messageOf } from '../thrown.js';
import { parseQueryLine } from '../wire/query-line.js';
import type { RuleQuery } from './alert-rule.js';
import type { Observation } from './alert-state.js';
import { observationOf, REQUESTS_MAX, withoutEnd } from './observation.js';
import type { RuleRunner } from './rule-runner.js';
import { sqlAt } from './sql-at.js';

const MICROS_PER_MILLI = 1_000;

/** Asks the queries of rules of a ClickHouse, in the read-only mode of its server, which has limits for them. */
export class ClickHouseRunner implements RuleRunner {
  readonly #url: string;
  #opened: Promise<Connection> | undefined;

  /** @param url - as {@link ClickHouseStore} takes it. */
  constructor(url: string) {
    this.#url = url;
  }

  async observe(query: RuleQuery, atMs?: number): Promise<Observation> {
    try {
      const sql =
        'sql' in query
          ? `SELECT * FROM (${withoutEnd(sqlAt(query.sql, atMs))}) LIMIT 1`
          : countOf(query.where, query.windowMs, atMs ?? Date.now());
      const [row = []] = await this.#rows(sql);
      return observationOf(row[0]);
    } catch (error) {
      return { kind: 'error', message: messageOf(error) };
    }
  }

  async requests(sql: string, atMs?: number): Promise<readonly string[] | string> {
    try {
      const rows = await this.#rows(
        `SELECT * FROM (${withoutEnd(sqlAt(sql, atMs))}) LIMIT ${REQUESTS_MAX}`,
      );
      return rows.map(([value]) => value).filter((value) => typeof value === 'string');
    } catch (error) {
      return messageOf(error);
    }
  }

  close(): void {
    void this.#opened?.then((connection) => connection.close());
  }

  async #rows(sql: string): Promise<unknown[][]> {
    this.#opened ??= Connection.open(this.#url);
    return (await this.#opened).limitedRows('run the query of a rule', sql);
  }
}

function countOf(where: string, windowMs: number, atMs: number): string {
  const [from, to] = [atMs - windowMs, atMs].map((ms) => Math.floor(ms * MICROS_PER_MILLI));
  const conditions = conditionsOf(parseQueryLine(where));
  const span = [VISIBLE, `wall_us > ${from}`, `wall_us <= ${to}`];
  return `SELECT count() FROM event WHERE ${and([...span, ...conditions])}`;
}
