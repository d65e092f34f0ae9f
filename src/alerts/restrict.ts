import type { Connection } from '../store/sqlite/connection.js';

// What the connection of a rule may do, said to SQLite itself where its driver lets one: https://sqlite.org/c3ref/set_authorizer.html

const OK = 0;
const DENY = 1;
const READ = 20;
const SELECT = 21;
const FUNCTION = 31;
const RECURSIVE = 33;

interface WithAuthorizer {
  setAuthorizer?(
    callback: (action: number, table: string | null, name: string | null) => number,
  ): void;
}

/** Functions that reach beyond the database; this SQLite has been built without most of them. */
const DENIED = new Set(['load_extension', 'readfile', 'writefile', 'edit', 'fts3_tokenizer']);

/**
 * Lets a connection do nothing but read, whatever statement it is given. Without an authorizer, which Node's own SQLite has
 * only lately, there is the read-only connection, and the shape of the statement that was checked.
 */
export function restrict(connection: Connection): Connection {
  connection.database.exec('PRAGMA query_only = 1; PRAGMA trusted_schema = 0;');
  (connection.database as WithAuthorizer).setAuthorizer?.((action, _table, name) => {
    if (action === READ || action === SELECT || action === RECURSIVE) return OK;
    return action === FUNCTION && !DENIED.has(name ?? '') ? OK : DENY;
  });
  return connection;
}
