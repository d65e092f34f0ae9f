import { TraceError } from '../../errors.js';
import { clusterSettings } from './cluster-settings.js';
import { Connection, type Engine, readAddress } from './connection.js';
import { quoted } from './literals.js';
import { keeperPath, type SchemaState, shardDatabase } from './schema.js';
import { CLUSTER_MAX_MS, insertsOf, settle } from './settle.js';

/** What has some of the runs of a store: a server, or the replicas of a shard. */
export interface Shard {
  /** Its tables are called as those of the store. */
  readonly connection: Connection;
  /** Waits for inserts whose name begins so. @throws TraceError (rejects) when it cannot know that they have ended. */
  readonly settle: (prefix: string) => Promise<void>;
}

/** The servers of a store, by what they are asked for. */
export interface Servers {
  /** About events of all runs. */
  readonly reading: Connection;
  /** For what each of them has all of. */
  readonly state: Connection;
  /** In an order that is always the same. */
  readonly shards: readonly Shard[];
  readonly close: () => Promise<void>;
}

interface OpenOptions {
  readonly timeoutMs?: number | undefined;
  readonly engine?: Engine | undefined;
}

/**
 * Connects to the servers of a store.
 *
 * @throws TraceError (rejects) `ERR_TRACE_STORE` for a shard of which no server is named, or none answers.
 */
export function openServers(
  url: string,
  { cluster, database }: SchemaState,
  options: OpenOptions,
): Promise<Servers> {
  return cluster === undefined
    ? openServer(url, options)
    : openCluster(url, { cluster, database }, options);
}

async function openServer(url: string, options: OpenOptions): Promise<Servers> {
  if (readAddress(url).urls.length > 1) {
    throw new TraceError('ERR_TRACE_STORE', 'the store is on one server: its URL names several');
  }
  const connection = await Connection.open(url, options);
  const shard: Shard = {
    connection,
    settle: (prefix) => settle(() => insertsOf(connection, prefix)),
  };
  return {
    reading: connection,
    state: connection,
    shards: [shard],
    close: () => connection.close(),
  };
}

async function openCluster(
  url: string,
  { cluster, database }: { cluster: string; database: string },
  options: OpenOptions,
): Promise<Servers> {
  const opened: Connection[] = [];
  const open = async (more: Parameters<typeof Connection.open>[1]): Promise<Connection> => {
    const connection = await Connection.open(url, { ...options, ...more });
    opened.push(connection);
    return connection;
  };
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((connection) => connection.close()));
  };
  try {
    const reading = await open({ settings: { distributed_product_mode: 'local' } });
    const settings = await clusterSettings(reading, cluster);
    const state = await open({ settings: settings.state });
    const members = new Members(
      await Promise.all(
        readAddress(url).urls.map(async (one) => ({
          url: one,
          connection: await open({ urls: [one], database: 'system' }),
        })),
      ),
    );
    await members.meet();
    const names = await keeperNames(state, keeperPath(database, 'event'));
    const shards: Shard[] = [];
    for (const name of names.sort()) {
      const urls = members.of(name).map((member) => member.url);
      if (urls.length === 0) {
        const message = `no server of the shard ${name} answers: the URL of the store names all of them`;
        throw new TraceError('ERR_TRACE_STORE', message);
      }
      const within = { urls, database: shardDatabase(database), settings: settings.shard };
      const path = keeperPath(database, `event/${name}`);
      const connection = await open(within);
      const list = (prefix: string): Promise<string[]> =>
        unsettledOf(members, { name, path, state, connection }, prefix);
      shards.push({ connection, settle: (prefix) => settle(() => list(prefix), CLUSTER_MAX_MS) });
    }
    return { reading, state, shards, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A shard whose replicas are asked. */
interface AskedShard {
  readonly name: string;
  /** Of its keeper. */
  readonly path: string;
  readonly state: Connection;
  /** Who is asked about its events. */
  readonly connection: Connection;
}

/**
 * What of a shard is under way: inserts that run on one of its replicas, one that waits for others, and what the replica
 * that is asked has not fetched. (`select_sequential_consistency` would do for the last two, but it finds nothing any
 * more when the partition of the last insert has been dropped.)
 */
async function unsettledOf(
  members: Members,
  { name, path, state, connection }: AskedShard,
  prefix: string,
): Promise<string[]> {
  await members.meet();
  const replicas = await keeperNames(state, `${path}/replicas`);
  const lists = await Promise.all(
    replicas.map(async (replica) => {
      const member = members.of(name).find((one) => one.replica === replica);
      try {
        if (member !== undefined) return await insertsOf(member.connection, prefix);
      } catch {
        // It may hang, or be gone.
      }
      // One that its keeper has given up can commit nothing any more.
      const isActive = (await keeperNames(state, `${path}/replicas/${replica}`)).includes(
        'is_active',
      );
      return isActive ? [`replica ${replica}`] : [];
    }),
  );
  const [row] = await state.rows<{ value: string }>(
    'look for an insert that waits for its replicas',
    `SELECT value FROM system.zookeeper WHERE path = ${quoted(`${path}/quorum`)} AND name = 'status'`,
  );
  const pending = row === undefined ? [] : [row.value];
  return [...lists.flat(), ...pending, ...(await unfetchedOf(connection))];
}

async function unfetchedOf(connection: Connection): Promise<string[]> {
  const [log] = await connection.rows<{ index: string }>(
    'say how far it has read',
    `SELECT max(log_max_index) AS index FROM system.replicas
     WHERE database = currentDatabase() AND log_pointer <= log_max_index`,
  );
  const parts = await connection.rows<{ part: string }>(
    'say what it has not fetched',
    `SELECT concat(table, ' ', new_part_name) AS part FROM system.replication_queue
     WHERE database = currentDatabase() AND type = 'GET_PART'`,
  );
  // Without a row that is behind, the greatest is 0.
  const behind = log === undefined || log.index === '0' ? [] : [`log ${log.index}`];
  return [...behind, ...parts.map(({ part }) => part)];
}

async function keeperNames(server: Connection, path: string): Promise<string[]> {
  const rows = await server.rows<{ name: string }>(
    'ask its keeper',
    `SELECT name FROM system.zookeeper WHERE path = ${quoted(path)}`,
  );
  return rows.map(({ name }) => name);
}

interface Member {
  readonly url: string;
  readonly connection: Connection;
  shard?: string;
  replica?: string;
}

/** The servers that the URL of a store names, and which shard each is of: it is asked until it has answered. */
class Members {
  readonly #all: readonly Member[];

  constructor(all: readonly Member[]) {
    this.#all = all;
  }

  /** Asks those that have not said what they are. */
  async meet(): Promise<void> {
    await Promise.all(
      this.#all.filter(({ shard }) => shard === undefined).map((member) => this.#ask(member)),
    );
  }

  of(shard: string): Member[] {
    return this.#all.filter((member) => member.shard === shard);
  }

  async #ask(member: Member): Promise<void> {
    try {
      const rows = await member.connection.rows<Record<'macro' | 'substitution', string>>(
        'say what it is',
        'SELECT macro, substitution FROM macros',
      );
      const macroOf = (name: string): string =>
        rows.find(({ macro }) => macro === name)?.substitution ?? '';
      member.shard = macroOf('shard');
      member.replica = macroOf('replica');
    } catch {
      // It is asked again.
    }
  }
}
