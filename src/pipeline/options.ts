import { resolve } from 'node:path';
import { integerIn, objectWith, optionalText } from '../arguments.js';
import { TraceCollector } from '../collector/trace-collector.js';
import { expected } from '../errors.js';
import type { RejectedEvent } from '../event/event-sink.js';
import { isProjectId } from '../event/project-id.js';
import type { ProgramInfo, RecordedEvent, RunInfo } from '../event/recorded-event.js';
import type { CheckedToggleOptions } from '../gate/toggle/options.js';
import { readAddress } from '../store/clickhouse/connection.js';
import { DATABASE_PATH_DEFAULT } from '../store/options.js';
import { type CheckedHubSink, checkHubSink } from './hub-sink-options.js';
import { programInfo } from './program-info.js';
import { checkSignals } from './signal-names.js';

/** What a sink of your own is given: one append. */
export interface PipelineBatch {
  /** The process that recorded the events. */
  readonly run: RunInfo;
  /** At least one. (run, lane, sequence) identifies an event for good. */
  readonly events: readonly RecordedEvent[];
  /** Whether there are errors in it, which nobody keeps any longer once the sink has taken them. */
  readonly durable: boolean;
}

/**
 * A function as a sink. It runs on the thread that started the pipeline, one call at a time; a batch is
 * taken when it returns or its promise resolves, but for the events that it says it refuses for good. It
 * comes again when it throws or rejects; with a PermanentError in halves, down to single events, and with
 * a RetryAfterError not before that time. At `exit` it cannot run: errors that it has not taken go to
 * the spill file.
 */
export type SinkFunction = (batch: PipelineBatch) => SinkAnswer | Promise<SinkAnswer>;

/** What a sink function may give back. */
// biome-ignore lint/suspicious/noConfusingVoidType: a function that returns nothing is the usual one
export type SinkAnswer = void | undefined | { readonly rejected?: readonly RejectedEvent[] };

/** JSON lines, one event each, in a file that is rotated by size and age. */
export interface JsonLinesOptions {
  /** The file, mode 0600; its folder must exist. Older ones are `path.1`, `path.2`, … One process a file. */
  path: string;
  /** The file is put aside before it would exceed so many bytes. Default 64 MiB; at least 4 096. */
  maxBytes?: number | undefined;
  /** And when it is so old, in milliseconds. Default 24 h; 0 for any age. */
  maxAgeMs?: number | undefined;
  /** Files put aside that are kept. Default 5; 0 keeps none. */
  keepFiles?: number | undefined;
}

/** {@link JsonLinesOptions} with nothing left out. */
export type CheckedJsonLines = {
  [K in keyof JsonLinesOptions]-?: NonNullable<JsonLinesOptions[K]>;
};

/** A sink in a module of your own, loaded in the pipeline's thread. */
export interface SinkModule {
  /** The module's default export: `(options) => EventSink | Promise<EventSink>`. */
  module: string | URL;
  /** Given to it; must survive structuredClone. */
  options?: unknown;
}

/** A hub of `aegis-trace/hub`, to which batches are sent over HTTP. */
export interface HubSinkOptions {
  /** Default: `AEGIS_HUB_URL`, else `http://127.0.0.1:8099`. */
  url?: string | undefined;
  /** Of the scope `ingest`. Default: `AEGIS_HUB_KEY`, else, for a hub of this machine, that of `logs/hub.keys`. */
  key?: string | undefined;
  /** Whether bodies are compressed. Default: not for a hub of this machine. */
  gzip?: boolean | undefined;
  /** How long an answer is waited for, milliseconds: 100 to 300 000. Default: 10 000. */
  timeoutMs?: number | undefined;
  /**
   * Whether only errors, and what somebody at the hub asks for, leave this process; the rest stays in the ring or the
   * store, and is sent when it is asked for. Default: `AEGIS_ADAPTIVE`, else false.
   */
  adaptive?: boolean | undefined;
  /** With `adaptive`: `gated` has errors stay as well. Default: `pass`. */
  errors?: 'pass' | 'gated' | undefined;
  /** With `adaptive`: everything is sent, and says whether it would have stayed. Default: false. */
  dryRun?: boolean | undefined;
  /**
   * Whether the collector records nothing while the `project` of the pipeline is switched off at the hub. The hub is asked,
   * and `AEGIS_REDIS_URL` where it is set. Default: whether `AEGIS_TRACE_TOGGLE` is `on`.
   */
  toggle?: boolean | undefined;
}

/** Where the events go. */
export type PipelineSink =
  | { hub: HubSinkOptions }
  /** With a hub: events are stored here, and sent to it from here. */
  | { sqlite: SqliteSinkOptions; hub?: HubSinkOptions | undefined }
  | { clickhouse: ClickHouseSinkOptions }
  | { jsonLines: JsonLinesOptions }
  | SinkModule
  | SinkFunction;

/** The SQLite store of `aegis-trace/store`; what is left out has the store's own default. */
export interface SqliteSinkOptions {
  /** Default: `logs/observability.db`. */
  path?: string | undefined;
  /** Older events are purged. Default: 6. */
  retentionHours?: number | undefined;
}

/** A store in ClickHouse, which `aegis-trace store init` has made, without a hub. */
export interface ClickHouseSinkOptions {
  /** `clickhouse://USER:PASSWORD@HOST:8123/DATABASE`. Default: `AEGIS_STORE_URL`. */
  url?: string | undefined;
  /** Older events are purged, of whichever process. Default: 6. */
  retentionHours?: number | undefined;
}

/** {@link ClickHouseSinkOptions} with its URL. */
export interface CheckedClickHouseSink extends ClickHouseSinkOptions {
  readonly url: string;
}

/** When the pipeline is flushed without being asked. */
export interface FlushOnExit {
  /**
   * Also at SIGTERM and SIGINT, or at those named: what was recorded is flushed, then the process ends
   * by that signal, unless it has other listeners for it. Of SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR2,
   * SIGALRM, SIGXCPU, SIGPWR. Default: false.
   */
  signals?: boolean | readonly NodeJS.Signals[] | undefined;
  /** Ends the wait of the whole end of the process, in milliseconds: 0 to 5 000, which is the default. */
  timeoutMs?: number | undefined;
}

export interface PipelineOptions extends Omit<ProgramInfo, 'host'> {
  /** What is read. The pipeline ends when it is closed, not when the collector is. */
  collector: TraceCollector;
  /** Default: `{ sqlite: {} }`. */
  sink?: PipelineSink | undefined;
  /** Milliseconds between batches while there is little to write: 1 to 60 000. Default 100. */
  intervalMs?: number | undefined;
  /** A process warning when so many events wait. Default 8 000. */
  queueWarningThreshold?: number | undefined;
  /** Memory for errors that wait for a commit. Default: the collector's, see Drain. */
  errorLaneBytes?: number | undefined;
  /** Where errors go when that is full, and what dead processes left there is found. */
  spillDirectory?: string | undefined;
  /** Size of the file there, in bytes, from 1 MiB. Default 256 MiB. Errors beyond it are lost, and counted. */
  spillMaxBytes?: number | undefined;
  /** Milliseconds between events with the metrics; 0 for none. Default 60 000. */
  metricsEventIntervalMs?: number | undefined;
  /** Flushes at `beforeExit` and at `exit`, also after an uncaught error, are always made. */
  flushOnExit?: FlushOnExit | undefined;
}

/** Options of {@link PipelineOptions} as the worker gets them. */
export interface WorkerOptions {
  /** Undefined for a function, which stays on the thread that started the pipeline. */
  sink:
    | { hub: CheckedHubSink }
    | { sqlite: SqliteSinkOptions; hub?: CheckedHubSink | undefined }
    | { clickhouse: CheckedClickHouseSink }
    | { jsonLines: CheckedJsonLines }
    | SinkModule
    | undefined;
  intervalMs: number;
  queueWarningThreshold: number;
  metricsEventIntervalMs: number;
  errorLaneBytes: number | undefined;
  spillDirectory: string | undefined;
  spillMaxBytes: number | undefined;
  program: ProgramInfo;
}

/** The hub to which only what is asked for is sent; undefined: everything is. */
export function gatedHub({ sink }: WorkerOptions): CheckedHubSink | undefined {
  const hub = sink !== undefined && 'hub' in sink ? sink.hub : undefined;
  return hub?.adaptive ? hub : undefined;
}

/** Whether the project of the pipeline is traced, as its hub says; undefined: nobody is asked. */
export function toggleOf({
  sink,
  program,
}: WorkerOptions): Omit<CheckedToggleOptions, 'run'> | undefined {
  const hub = sink !== undefined && 'hub' in sink ? sink.hub : undefined;
  if (hub?.toggle !== true) return undefined;
  const { project, service } = program;
  const { redisUrl, url, key } = hub;
  return { projectId: project as string, redisUrl, hub: { url, key }, service };
}

const NAMES = [
  'collector',
  'sink',
  'intervalMs',
  'queueWarningThreshold',
  'errorLaneBytes',
  'spillDirectory',
  'spillMaxBytes',
  'metricsEventIntervalMs',
  'flushOnExit',
  'service',
  'project',
  'version',
];
const EXIT_TIMEOUT_MS = 5_000;
const INT32_MAX = 2 ** 31 - 1;

function checkSink(sink: unknown): SinkFunction | NonNullable<WorkerOptions['sink']> {
  if (sink === undefined) return { sqlite: checkSqlite({}) };
  if (typeof sink === 'function') return sink as SinkFunction;
  const names = ['hub', 'sqlite', 'clickhouse', 'jsonLines', 'module', 'options'];
  const given = objectWith(sink, 'sink', names) as Record<string, unknown>;
  const { hub, sqlite, clickhouse, jsonLines, module, options } = given;
  const kinds = [hub, sqlite, clickhouse, jsonLines, module].filter((kind) => kind !== undefined);
  const isForwarded = kinds.length === 2 && hub !== undefined && sqlite !== undefined;
  if (kinds.length !== 1 && !isForwarded) {
    const expectation = 'one of hub, sqlite, clickhouse, jsonLines, module, or sqlite and hub';
    throw expected('ERR_TRACE_OPTION', 'sink', expectation, sink);
  }
  if (module !== undefined) {
    if (typeof module !== 'string' && !(module instanceof URL)) {
      throw expected('ERR_TRACE_OPTION', 'sink.module', 'a string or a URL', module);
    }
    return { module: String(module), options };
  }
  if (jsonLines !== undefined) return { jsonLines: checkJsonLines(jsonLines) };
  if (clickhouse !== undefined) return { clickhouse: checkClickHouse(clickhouse) };
  const checkedHub = hub === undefined ? undefined : checkHubSink(hub);
  if (sqlite !== undefined) return { sqlite: checkSqlite(sqlite), hub: checkedHub };
  return { hub: checkedHub as CheckedHubSink };
}

/** Paths are resolved here, once: process.chdir() must not move what is opened again later. */
function checkSqlite(value: unknown): SqliteSinkOptions {
  const given = objectWith(value, 'sink.sqlite', ['path', 'retentionHours']) as SqliteSinkOptions;
  const { path = DATABASE_PATH_DEFAULT } = given;
  // What is no path of a file is refused where the store is opened.
  const isPath = typeof path === 'string' && /^(?!:|file:)./.test(path);
  return { ...given, path: isPath ? resolve(path) : path };
}

/** What else is wrong is refused where the store is opened. */
function checkClickHouse(value: unknown): CheckedClickHouseSink {
  const names = ['url', 'retentionHours'];
  const given = objectWith(value, 'sink.clickhouse', names) as ClickHouseSinkOptions;
  const url = optionalText(given.url, 'sink.clickhouse.url') ?? process.env.AEGIS_STORE_URL;
  if (url) {
    readAddress(url);
    return { ...given, url };
  }
  const expectation = 'clickhouse://USER:PASSWORD@HOST:8123/DATABASE, or AEGIS_STORE_URL';
  throw expected('ERR_TRACE_OPTION', 'sink.clickhouse.url', expectation, url);
}

function checkJsonLines(value: unknown): CheckedJsonLines {
  const names = ['path', 'maxBytes', 'maxAgeMs', 'keepFiles'];
  const given = objectWith(value, 'sink.jsonLines', names) as JsonLinesOptions;
  const { path, maxBytes, maxAgeMs, keepFiles } = given;
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw expected('ERR_TRACE_OPTION', 'sink.jsonLines.path', 'a non-empty string', path);
  }
  const day = 86_400_000;
  return {
    path: resolve(path),
    maxBytes: integerIn(maxBytes, 'sink.jsonLines.maxBytes', {
      min: 4096,
      max: INT32_MAX,
      fallback: 2 ** 26,
    }),
    maxAgeMs: integerIn(maxAgeMs, 'sink.jsonLines.maxAgeMs', {
      min: 0,
      max: INT32_MAX,
      fallback: day,
    }),
    keepFiles: integerIn(keepFiles, 'sink.jsonLines.keepFiles', {
      min: 0,
      max: 1000,
      fallback: 5,
    }),
  };
}

function checkFlushOnExit(value: unknown): { signals: NodeJS.Signals[]; timeoutMs: number } {
  const given = objectWith(value ?? {}, 'flushOnExit', ['signals', 'timeoutMs']) as FlushOnExit;
  return {
    signals: checkSignals(given.signals),
    timeoutMs: integerIn(given.timeoutMs, 'flushOnExit.timeoutMs', {
      min: 0,
      max: EXIT_TIMEOUT_MS,
      fallback: EXIT_TIMEOUT_MS,
    }),
  };
}

export interface CheckedOptions {
  collector: TraceCollector;
  sinkFunction: SinkFunction | undefined;
  flushOnExit: { signals: NodeJS.Signals[]; timeoutMs: number };
  worker: WorkerOptions;
}

/** @throws TraceError `ERR_TRACE_OPTION`. */
function checkToggledProject(sink: ReturnType<typeof checkSink>, { project }: ProgramInfo): void {
  if (!('hub' in sink) || sink.hub?.toggle !== true || isProjectId(project)) return;
  const what = "with sink.hub.toggle: a project's id, letters, digits, ., _ and -";
  throw expected('ERR_TRACE_OPTION', 'project', what, project);
}

/**
 * Checks what startPipeline() was given.
 *
 * @throws TraceError `ERR_TRACE_OPTION`.
 */
export function checkPipelineOptions(value: unknown): CheckedOptions {
  const options = objectWith(value, 'options', NAMES) as PipelineOptions;
  const { collector, errorLaneBytes, spillDirectory, spillMaxBytes } = options;
  if (!(collector instanceof TraceCollector)) {
    throw expected('ERR_TRACE_OPTION', 'collector', 'a TraceCollector', collector);
  }
  if (spillDirectory !== undefined && (typeof spillDirectory !== 'string' || !spillDirectory)) {
    throw expected('ERR_TRACE_OPTION', 'spillDirectory', 'a non-empty string', spillDirectory);
  }
  const sink = checkSink(options.sink);
  const program = programInfo(options);
  checkToggledProject(sink, program);
  return {
    collector,
    sinkFunction: typeof sink === 'function' ? sink : undefined,
    flushOnExit: checkFlushOnExit(options.flushOnExit),
    worker: {
      sink: typeof sink === 'function' ? undefined : sink,
      intervalMs: integerIn(options.intervalMs, 'intervalMs', {
        min: 1,
        max: 60_000,
        fallback: 100,
      }),
      queueWarningThreshold: integerIn(options.queueWarningThreshold, 'queueWarningThreshold', {
        min: 1,
        max: INT32_MAX,
        fallback: 8_000,
      }),
      metricsEventIntervalMs: integerIn(options.metricsEventIntervalMs, 'metricsEventIntervalMs', {
        min: 0,
        max: INT32_MAX,
        fallback: 60_000,
      }),
      errorLaneBytes,
      spillDirectory: spillDirectory === undefined ? undefined : resolve(spillDirectory),
      spillMaxBytes,
      program,
    },
  };
}
