import { isIP } from 'node:net';
import { basename, dirname, join, resolve } from 'node:path';
import { booleanOr, integerIn, numberIn, objectWith, optionalText } from '../arguments.js';
import { expected, TraceError } from '../errors.js';
import { isProjectId } from '../event/project-id.js';
import { GATE_MODES, type GateMode } from '../gate/gate-config.js';
import { HEAT_DEFAULTS, type HeatOptions } from '../gate/heat-map.js';
import { checkRedisUrl } from '../gate/toggle/options.js';
import { readAddress, shownAddress } from '../store/clickhouse/connection.js';
import { DATABASE_PATH_DEFAULT } from '../store/options.js';

/** What a key may be used for. */
export type HubScope = 'ingest' | 'read' | 'admin';

export const SCOPES: readonly HubScope[] = ['ingest', 'read', 'admin'];

/** A key and what it may be used for. Two of one scope are both good, so that one can take the other's place. */
export interface HubKey {
  /** 16 to 512 visible ASCII characters. */
  readonly key: string;
  readonly scopes: readonly HubScope[];
  /** What is sent with it is of this project: while that is off, spans and entries of older clients are not stored. */
  readonly project?: string | undefined;
}

/** Options of startHub(). */
export interface HubOptions {
  /** The address to listen on. Default: `127.0.0.1`. */
  readonly host?: string | undefined;
  /** Default: 8099; 0 for any that is free. */
  readonly port?: number | undefined;
  /** A further port, which takes OTLP alone: exporters of OpenTelemetry send to 4318 by themselves. Default: none. */
  readonly otlp?: number | undefined;
  /** The database. Default: `logs/observability.db`. */
  readonly database?: string | undefined;
  /**
   * Instead of the database: a ClickHouse in which `aegis-trace store init` has made a store,
   * `clickhouse://USER:PASSWORD@HOST:8123/DATABASE`. Default: none.
   */
  readonly store?: { readonly clickhouse: string } | undefined;
  /** Older events are purged. Default: 6. */
  readonly retentionHours?: number | undefined;
  /** A folder for a daily compact copy of what is purged. Default: none. */
  readonly archive?: string | undefined;
  /** The file of the alert rules. Default: none. */
  readonly alerts?: string | undefined;
  /**
   * `redis://…`: where it says which projects are traced, and, with a ClickHouse, what it shares with other hubs. Default:
   * none; processes ask the hub, which is alone.
   */
  readonly redis?: string | undefined;
  /** Default: those of the file. */
  readonly keys?: readonly HubKey[] | undefined;
  /**
   * The file of keys, mode 0600. Default: `hub.keys` beside the database; made with a key for each scope when there
   * is none and `host` is a loopback address.
   */
  readonly keysFile?: string | undefined;
  /** A header in which older clients send their key, instead of `Authorization`. Default: none. */
  readonly secretHeader?: string | undefined;
  /** Names that clients may use for the hub, beside addresses and `localhost`. Default: none. */
  readonly allowHosts?: readonly string[] | undefined;
  /**
   * Proxies whose X-Forwarded-For, -Host and -Proto are believed: addresses, networks as `10.0.0.0/8`, `loopback`,
   * `linklocal` or `uniquelocal`. Default: none.
   */
  readonly trustProxy?: readonly string[] | undefined;
  /**
   * Whether processes with a gate send only what somebody asks for. `off`: they send everything; `dry_run`: they
   * send everything and say what they would not. Default: `adaptive`.
   */
  readonly tracing?: GateMode | undefined;
  /** How long a request stays HOT after somebody has looked at it: 1 to 86 400. Default: 300. */
  readonly hotSeconds?: number | undefined;
  /** And then WARM. Default: 1 500; 0 for not at all. */
  readonly warmSeconds?: number | undefined;
  /** Of the requests that are WARM the share that is sent, 0 to 1. Default: 0.1. */
  readonly warmRate?: number | undefined;
  /** Of all others. Default: 0. */
  readonly defaultRate?: number | undefined;
  /** Requests that are HOT at once: 1 to 10 000. Default: 1 000. */
  readonly hotMax?: number | undefined;
  /** Requests that one key makes HOT in a minute. Default: 60. */
  readonly heatsPerMinute?: number | undefined;
  /** Whether nothing is taken in or changed: what is shown is what the database has. Default: false. */
  readonly readOnly?: boolean | undefined;
  /** What its page calls what it shows. Default: the file name of the database. */
  readonly title?: string | undefined;
  /** What it says of that, such as what is missing. Default: nothing. */
  readonly note?: string | undefined;
  /** Memory for bodies that wait to be stored, bytes: 1 MiB to 1 GiB. Default: 64 MiB; a quarter is for errors. */
  readonly queueBytes?: number | undefined;
}

/** {@link HubOptions} with nothing left out. */
export interface CheckedHubOptions {
  readonly host: string;
  readonly port: number;
  readonly otlp: number | undefined;
  readonly database: string;
  /** The URL of a ClickHouse. */
  readonly clickhouse: string | undefined;
  /** Of these two the one that is used, as people may see it. */
  readonly storeName: string;
  readonly retentionMs: number;
  /** Absolute. */
  readonly archive: string | undefined;
  /** Absolute. */
  readonly alerts: string | undefined;
  readonly redis: string | undefined;
  readonly keys: readonly HubKey[] | undefined;
  readonly keysFile: string;
  /** In lower case. */
  readonly secretHeader: string | undefined;
  readonly allowHosts: readonly string[];
  readonly trustProxy: readonly string[];
  readonly queueBytes: number;
  readonly readOnly: boolean;
  readonly title: string;
  readonly note: string | undefined;
  readonly heat: HeatOptions;
  readonly isLoopback: boolean;
}

const HOST_DEFAULT = '127.0.0.1';
const PORT_DEFAULT = 8099;
const KEYS_FILE = 'hub.keys';

const NAMES = [
  'host',
  'port',
  'otlp',
  'database',
  'store',
  'retentionHours',
  'archive',
  'alerts',
  'redis',
  'keys',
  'keysFile',
  'secretHeader',
  'allowHosts',
  'trustProxy',
  'queueBytes',
  'readOnly',
  'title',
  'note',
  'tracing',
  'hotSeconds',
  'warmSeconds',
  'warmRate',
  'defaultRate',
  'hotMax',
  'heatsPerMinute',
];
const KEY = /^[\x21-\x7e]{16,512}$/;
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const HOST_NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i;
const NETWORKS = ['loopback', 'linklocal', 'uniquelocal'];
const HOUR_MS = 3_600_000;
const SECOND_MS = 1_000;
const DAY_S = 86_400;
const RETENTION_HOURS = { min: 0.01, max: 87_600, fallback: 6 };
const QUEUE_BYTES = { min: 2 ** 20, max: 2 ** 30, fallback: 2 ** 26 };

/** @throws TraceError `ERR_TRACE_OPTION`. */
export function checkHubOptions(value: unknown): CheckedHubOptions {
  const options = objectWith(value, 'options', NAMES) as HubOptions;
  const host = optionalText(options.host, 'host') ?? HOST_DEFAULT;
  const database = resolve(optionalText(options.database, 'database') ?? DATABASE_PATH_DEFAULT);
  const keysFile = optionalText(options.keysFile, 'keysFile');
  const clickhouse = checkStore(options.store);
  const storeName = clickhouse === undefined ? database : shownAddress(clickhouse);
  const archive = optionalText(options.archive, 'archive');
  if (clickhouse !== undefined && archive !== undefined) {
    const message = 'an archive is of a SQLite database; a ClickHouse makes none';
    throw new TraceError('ERR_TRACE_OPTION', message);
  }
  const alerts = optionalText(options.alerts, 'alerts');
  return {
    host,
    port: portOf(options.port, 'port', PORT_DEFAULT),
    otlp: options.otlp === undefined ? undefined : portOf(options.otlp, 'otlp', 0),
    database,
    clickhouse,
    retentionMs: numberIn(options.retentionHours, 'retentionHours', RETENTION_HOURS) * HOUR_MS,
    archive: archive === undefined ? undefined : resolve(archive),
    alerts: alerts === undefined ? undefined : resolve(alerts),
    redis: checkRedis(options.redis),
    keys: checkKeys(options.keys),
    keysFile: keysFile === undefined ? join(dirname(database), KEYS_FILE) : resolve(keysFile),
    secretHeader: checkHeader(options.secretHeader),
    allowHosts: checkHosts(options.allowHosts),
    trustProxy: checkProxies(options.trustProxy),
    queueBytes: integerIn(options.queueBytes, 'queueBytes', QUEUE_BYTES),
    readOnly: booleanOr(options.readOnly, 'readOnly', false),
    storeName,
    title: optionalText(options.title, 'title') ?? basename(storeName),
    note: optionalText(options.note, 'note'),
    heat: checkHeat(options),
    isLoopback: isLoopback(host),
  };
}

function checkStore(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const { clickhouse } = objectWith(value, 'store', ['clickhouse']) as HubOptions['store'] & object;
  if (typeof clickhouse !== 'string') {
    throw expected(
      'ERR_TRACE_OPTION',
      'store.clickhouse',
      'the URL of a ClickHouse',
      typeof clickhouse,
    );
  }
  readAddress(clickhouse);
  return clickhouse;
}

const portOf = (port: unknown, name: string, fallback: number): number =>
  integerIn(port, name, { min: 0, max: 65_535, fallback });

function checkHeat(options: HubOptions): HeatOptions {
  const { mode, hotMs, warmMs, warmRate, defaultRate, hotMax, heatsPerMinute } = HEAT_DEFAULTS;
  const { tracing = mode } = options;
  if (!GATE_MODES.includes(tracing)) {
    throw expected('ERR_TRACE_OPTION', 'tracing', `one of ${GATE_MODES.join(', ')}`, tracing);
  }
  const seconds = (name: 'hotSeconds' | 'warmSeconds', min: number, fallbackMs: number): number => {
    const range = { min, max: DAY_S, fallback: fallbackMs / SECOND_MS };
    return numberIn(options[name], name, range) * SECOND_MS;
  };
  const rate = (name: 'warmRate' | 'defaultRate', fallback: number): number =>
    numberIn(options[name], name, { min: 0, max: 1, fallback });
  return {
    ...HEAT_DEFAULTS,
    mode: tracing,
    hotMs: seconds('hotSeconds', 1, hotMs),
    warmMs: seconds('warmSeconds', 0, warmMs),
    warmRate: rate('warmRate', warmRate),
    defaultRate: rate('defaultRate', defaultRate),
    hotMax: integerIn(options.hotMax, 'hotMax', { min: 1, max: 10_000, fallback: hotMax }),
    heatsPerMinute: integerIn(options.heatsPerMinute, 'heatsPerMinute', {
      min: 0,
      max: 100_000,
      fallback: heatsPerMinute,
    }),
  };
}

/** Whether only programs of this machine reach an address. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function checkKeys(keys: unknown): HubKey[] | undefined {
  if (keys === undefined) return undefined;
  if (!Array.isArray(keys) || keys.length === 0) {
    throw expected('ERR_TRACE_OPTION', 'keys', 'a list of one key at least', keys);
  }
  return keys.map((item, index) => {
    const fields = ['key', 'scopes', 'project'];
    const { key, scopes, project } = objectWith(item, `keys[${index}]`, fields) as HubKey;
    return checkKey(key, scopes, project, `keys[${index}]`);
  });
}

/** @throws TraceError `ERR_TRACE_OPTION`, which does not show the key. */
export function checkKey(key: unknown, scopes: unknown, project: unknown, name: string): HubKey {
  if (typeof key !== 'string' || !KEY.test(key)) {
    const what = typeof key === 'string' ? `${key.length} characters` : typeof key;
    throw expected('ERR_TRACE_OPTION', name, '16 to 512 visible ASCII characters', what);
  }
  const isScopes =
    Array.isArray(scopes) && scopes.length > 0 && scopes.every((scope) => SCOPES.includes(scope));
  if (!isScopes) {
    throw expected('ERR_TRACE_OPTION', `the scopes of ${name}`, SCOPES.join(', '), String(scopes));
  }
  if (project === undefined || isProjectId(project)) return { key, scopes, project };
  throw expected('ERR_TRACE_OPTION', `the project of ${name}`, 'the id of a project', project);
}

function checkHeader(value: unknown): string | undefined {
  const name = optionalText(value, 'secretHeader');
  if (name === undefined || HEADER_NAME.test(name)) return name?.toLowerCase();
  throw expected('ERR_TRACE_OPTION', 'secretHeader', 'the name of a header', name);
}

function checkHosts(hosts: unknown): string[] {
  if (hosts === undefined) return [];
  if (!Array.isArray(hosts)) {
    throw expected('ERR_TRACE_OPTION', 'allowHosts', 'a list of host names', hosts);
  }
  return hosts.map((host) => {
    if (typeof host === 'string' && HOST_NAME.test(host)) return host.toLowerCase();
    throw expected('ERR_TRACE_OPTION', 'a name of allowHosts', 'a host name', host);
  });
}

function checkProxies(proxies: unknown): string[] {
  if (proxies === undefined) return [];
  const expectation = `addresses, networks as 10.0.0.0/8, or ${NETWORKS.join(', ')}`;
  if (!Array.isArray(proxies)) {
    throw expected('ERR_TRACE_OPTION', 'trustProxy', `a list of ${expectation}`, proxies);
  }
  return proxies.map((proxy) => {
    if (typeof proxy === 'string' && (NETWORKS.includes(proxy) || isNetwork(proxy))) return proxy;
    throw expected('ERR_TRACE_OPTION', 'one of trustProxy', expectation, proxy);
  });
}

function isNetwork(text: string): boolean {
  const [, address = text, bits = '0'] = /^(.*)\/(\d{1,3})$/.exec(text) ?? [];
  const version = isIP(address);
  return version !== 0 && Number(bits) <= (version === 4 ? 32 : 128);
}

function checkRedis(value: unknown): string | undefined {
  const url = optionalText(value, 'redis');
  return url === undefined ? undefined : checkRedisUrl(url, 'redis');
}
