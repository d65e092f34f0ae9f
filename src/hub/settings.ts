import { expected } from '../errors.js';
import { type HubKey, type HubOptions, SCOPES } from './options.js';
import { readToml } from './read-toml.js';

// Where the options of `aegis-trace hub` come from: a flag, else the environment, else a TOML file.

type SettingType = 'text' | 'store' | 'integer' | 'number' | 'list';

interface Setting {
  readonly option: Exclude<keyof HubOptions, 'keys' | 'readOnly' | 'note'>;
  readonly type: SettingType;
  /** Of the environment; the first that is set. The second is an older program's name for it. */
  readonly variables: readonly string[];
}

/** Each option of {@link HubOptions} but the keys, and those of a file that is shown. Its flag and its TOML key are its name in their own spelling. */
const SETTINGS: readonly Setting[] = [
  { option: 'host', type: 'text', variables: ['AEGIS_HUB_HOST'] },
  { option: 'port', type: 'integer', variables: ['AEGIS_HUB_PORT', 'TRACEHUB_PORT'] },
  { option: 'otlp', type: 'integer', variables: ['AEGIS_HUB_OTLP'] },
  { option: 'database', type: 'text', variables: ['AEGIS_HUB_DATABASE', 'TRACEHUB_DB'] },
  { option: 'store', type: 'store', variables: ['AEGIS_STORE_URL'] },
  {
    option: 'retentionHours',
    type: 'number',
    variables: ['AEGIS_HUB_RETENTION_HOURS', 'TRACEHUB_RETENTION_HOURS'],
  },
  { option: 'archive', type: 'text', variables: ['AEGIS_HUB_ARCHIVE'] },
  { option: 'alerts', type: 'text', variables: ['AEGIS_HUB_ALERTS'] },
  { option: 'redis', type: 'text', variables: ['AEGIS_REDIS_URL', 'OBSERVABILITY_REDIS_URL'] },
  { option: 'keysFile', type: 'text', variables: ['AEGIS_HUB_KEYS_FILE'] },
  { option: 'secretHeader', type: 'text', variables: ['AEGIS_HUB_SECRET_HEADER'] },
  { option: 'allowHosts', type: 'list', variables: ['AEGIS_HUB_ALLOW_HOSTS'] },
  { option: 'trustProxy', type: 'list', variables: ['AEGIS_HUB_TRUST_PROXY'] },
  { option: 'title', type: 'text', variables: ['AEGIS_HUB_TITLE'] },
  { option: 'queueBytes', type: 'integer', variables: ['AEGIS_HUB_QUEUE_BYTES'] },
  { option: 'tracing', type: 'text', variables: ['AEGIS_HUB_TRACING'] },
  { option: 'hotSeconds', type: 'number', variables: ['AEGIS_HUB_HOT_SECONDS'] },
  { option: 'warmSeconds', type: 'number', variables: ['AEGIS_HUB_WARM_SECONDS'] },
  { option: 'warmRate', type: 'number', variables: ['AEGIS_HUB_WARM_RATE'] },
  { option: 'defaultRate', type: 'number', variables: ['AEGIS_HUB_DEFAULT_RATE'] },
  { option: 'hotMax', type: 'integer', variables: ['AEGIS_HUB_HOT_MAX'] },
  { option: 'heatsPerMinute', type: 'integer', variables: ['AEGIS_HUB_HEATS_PER_MINUTE'] },
];

/** One key with all scopes, as an older program had it. */
const SECRET_VARIABLE = 'TRACEHUB_SECRET';

/**
 * Options of a hub from the flags of the command, the environment and a file, in that order.
 *
 * @param flags - as the command line has them: texts, and lists of texts.
 * @throws TraceError `ERR_TRACE_OPTION` naming the flag, the variable, or the key and file; `ERR_TRACE_FILE`.
 */
export async function hubSettings(
  flags: Readonly<Record<string, string | readonly string[] | undefined>>,
  env: Readonly<Record<string, string | undefined>>,
  file: string | undefined,
): Promise<HubOptions> {
  const table = file === undefined ? {} : await readTable(file);
  const options: Record<string, unknown> = {};
  for (const { option, type, variables } of SETTINGS) {
    const variable = variables.find((name) => env[name]);
    const flag = flags[option];
    const key = snakeCase(option);
    if (flag !== undefined) {
      options[option] = settingOf(type, flag, `--${key.replaceAll('_', '-')}`);
    } else if (variable !== undefined) {
      options[option] = settingOf(type, env[variable] as string, variable);
    } else if (Object.hasOwn(table, key)) {
      options[option] = checkType(type, table[key], `${key} in ${file}`);
    }
  }
  const secret = env[SECRET_VARIABLE];
  const keys: HubKey[] | undefined = secret ? [{ key: secret, scopes: SCOPES }] : undefined;
  return { ...options, ...(keys && { keys }) };
}

async function readTable(file: string): Promise<Record<string, unknown>> {
  const { table } = await readToml(file);
  const known = SETTINGS.map(({ option }) => snakeCase(option));
  const unknown = Object.keys(table).find((key) => !known.includes(key));
  // Rules may stand in the same file.
  const hasRules = typeof table.alerts === 'object' && !Array.isArray(table.alerts);
  if (unknown === undefined) return hasRules ? { ...table, alerts: file } : table;
  throw expected('ERR_TRACE_OPTION', `a key in ${file}`, `one of ${known.join(', ')}`, unknown);
}

function settingOf(type: SettingType, given: string | readonly string[], name: string): unknown {
  if (typeof given !== 'string') return given;
  if (type === 'text') return given;
  if (type === 'store') return { clickhouse: given };
  if (type === 'list') return given.split(',').map((item) => item.trim());
  const number = given.trim() === '' ? Number.NaN : Number(given);
  return checkType(type, number, name, given);
}

function checkType(type: SettingType, value: unknown, name: string, shown = value): unknown {
  // Integers of TOML may come as bigints.
  const plain = typeof value === 'bigint' ? Number(value) : value;
  if (type === 'store' && typeof plain === 'string') return { clickhouse: plain };
  const isRight = {
    store: false,
    text: typeof plain === 'string',
    integer: Number.isInteger(plain),
    number: typeof plain === 'number' && Number.isFinite(plain),
    list: Array.isArray(plain) && plain.every((item) => typeof item === 'string'),
  }[type];
  if (isRight) return plain;
  const what = {
    text: 'a text',
    store: 'the URL of a ClickHouse',
    integer: 'an integer',
    number: 'a number',
    list: 'a list of texts',
  };
  throw expected('ERR_TRACE_OPTION', name, what[type], shown);
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
