import type { Connection } from '../store/sqlite/connection.js';
import type { SqlStatement, SqlValue } from '../store/sqlite/sqlite-driver.js';

/** SQLite's functions of dates: https://sqlite.org/lang_datefunc.html. The first argument of strftime() is a format. */
const FUNCTIONS = {
  date: 0,
  time: 0,
  datetime: 0,
  julianday: 0,
  unixepoch: 0,
  strftime: 1,
  timediff: 0,
} as const;

/** What both drivers have, beside what the store uses. */
interface WithFunctions {
  function(
    name: string,
    options: { varargs: boolean; deterministic: boolean },
    body: (...args: SqlValue[]) => SqlValue,
  ): void;
}

/**
 * Lets a connection see a database as it was at another time: "now" of its date functions is that time, and what
 * is later is hidden by temporary views of the same names.
 */
export class SimulatedTime {
  readonly #connection: Connection;
  readonly #helper: Connection;
  readonly #statements = new Map<string, SqlStatement>();
  #now = '';

  /** @param helper - an own connection, of any database, whose functions are SQLite's own. */
  constructor(connection: Connection, helper: Connection) {
    this.#connection = connection;
    this.#helper = helper;
    for (const [name, place] of Object.entries(FUNCTIONS)) this.#replace(name, place);
    // As ts has it, which is in microseconds.
    this.#define('simulated_now', () => `${this.#now}000`);
    for (const view of ['process_trace', 'data_trace']) {
      connection.database.exec(
        `CREATE TEMP VIEW ${view} AS SELECT * FROM main.${view} WHERE ts <= simulated_now()`,
      );
    }
  }

  set now(atMs: number) {
    this.#now = new Date(atMs).toISOString().replace('T', ' ').replace('Z', '');
  }

  /** @param place - of the time among the arguments. */
  #replace(name: string, place: number): void {
    const body = (...args: SqlValue[]): SqlValue => {
      if (args.length === place) args.push('now');
      const isNow = (value: SqlValue | undefined) =>
        typeof value === 'string' && value.trim().toLowerCase() === 'now';
      const ends = name === 'timediff' ? [0, 1] : [place];
      for (const end of ends) if (isNow(args[end])) args[end] = this.#now;
      return this.#original(name, args);
    };
    this.#define(name, body);
  }

  #define(name: string, body: (...args: SqlValue[]) => SqlValue): void {
    // The same for all rows of a query, as "now" is.
    const options = { varargs: true, deterministic: true };
    (this.#connection.database as unknown as WithFunctions).function(name, options, body);
  }

  #original(name: string, args: SqlValue[]): SqlValue {
    const sql = `SELECT ${name}(${args.map(() => '?').join(', ')}) AS value`;
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#helper.database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return (statement.get(...args)?.value ?? null) as SqlValue;
  }
}
