import { types } from 'node:util';
import { booleanOr, integerIn, numberIn, objectWith, optionalText } from '../arguments.js';
import type { TraceCollector } from '../collector/trace-collector.js';
import { expected } from '../errors.js';
import { DEFAULT_SENSITIVE_FIELDS } from '../masking/sensitive-fields.js';
import type { CodeSite } from './caller-site.js';

/** What monitored calls are recorded into: a TraceCollector, or anything with its `record`. */
export type CallRecorder = Pick<TraceCollector, 'record'> &
  Partial<Pick<TraceCollector, 'isRecording'>>;

/** Turns a value into the text that is recorded. What it returns is masked as text, and cut. */
export type CustomSerializer = (value: unknown) => string;

export interface CaptureOptions {
  /** Record the arguments as `arg.<name>`. Default true. */
  args?: boolean | undefined;
  /** Record what the call returns, or its promise resolves to, as `result`. Default true. */
  result?: boolean | undefined;
}

export interface MonitorOptions {
  /** The component of the events. Default `default`. */
  processGroup?: string | undefined;
  /**
   * The share of operations of which calls are recorded, from 0 to 1. Default 1. Decided once for an
   * operation, by its first monitored call. Calls that fail are recorded always.
   */
  sampleRate?: number | undefined;
  /** What is recorded of the values; `false` for nothing. Local variables cannot be read in JavaScript. */
  capture?: CaptureOptions | boolean | undefined;
  /**
   * How values become text: `smart` (default; shapes and first members, runs no code of the values),
   * `inspect` (as `util.inspect`), `json`, or a function. The first three mask sensitive fields at any
   * depth; what a function returns is masked as text.
   */
  serializer?: 'smart' | 'inspect' | 'json' | CustomSerializer | undefined;
  /** Characters of a recorded value at most, from 1 to 1024. Default 1000. */
  maxLength?: number | undefined;
  /**
   * Fields whose values are recorded as `***`, in any case and form (`api_key`, `apiKey`,
   * `X-Api-Key`). Given, it replaces the default list.
   */
  sensitiveFields?: readonly string[] | undefined;
  /**
   * What is recorded of arguments where the names of the parameters cannot be read, so that nothing
   * says which is a secret (native, bound and minified functions): `type` (default; `[string of 12]`),
   * or `value`.
   */
  unnamedArgs?: 'type' | 'value' | undefined;
  /**
   * A warning is emitted (`process.emitWarning`, code `AEGIS_TRACE_OPEN_CALLS`) when so many monitored
   * calls of the thread are under way, and again after they have been fewer than half. Default 8000.
   */
  queueWarningThreshold?: number | undefined;
  /** Default: what {@link setDefaultCollector} was given last, looked up at each call. */
  collector?: CallRecorder | undefined;
  /** The part of `process` before the dot. Default: the class, or the file in which it is wrapped. */
  module?: string | undefined;
  /** The part of `process` after the dot. Default: the function's name. */
  name?: string | undefined;
}

/** Options with every default in place. */
export interface MonitorSettings {
  /** Where monitor() or autoInstrument() was called. */
  readonly site?: CodeSite | undefined;
  readonly processGroup: string;
  readonly sampleRate: number;
  readonly captureArgs: boolean;
  readonly captureResult: boolean;
  readonly serializer: 'smart' | 'inspect' | 'json' | CustomSerializer;
  readonly maxLength: number;
  readonly sensitiveFields: readonly string[];
  readonly unnamedArgs: 'type' | 'value';
  readonly queueWarningThreshold: number;
  readonly collector: CallRecorder | undefined;
  readonly module: string | undefined;
  readonly name: string | undefined;
}

const OPTION_NAMES: readonly (keyof MonitorOptions)[] = [
  'processGroup',
  'sampleRate',
  'capture',
  'serializer',
  'maxLength',
  'sensitiveFields',
  'unnamedArgs',
  'queueWarningThreshold',
  'collector',
  'module',
  'name',
];
const SERIALIZERS = ['smart', 'inspect', 'json'];
/** `limits.attributeValueBytes` of the ring: no more would be kept. */
const MAX_LENGTH = 1024;
const DEFAULT_MAX_LENGTH = 1000;
const DEFAULT_QUEUE_WARNING_THRESHOLD = 8000;

function checkCapture(capture: unknown): { captureArgs: boolean; captureResult: boolean } {
  if (capture === undefined || typeof capture === 'boolean') {
    return { captureArgs: capture ?? true, captureResult: capture ?? true };
  }
  if (typeof capture === 'object' && capture !== null && 'locals' in capture) {
    const expectation = 'left out: JavaScript offers no way to read local variables';
    throw expected('ERR_TRACE_OPTION', 'capture.locals', expectation, capture.locals);
  }
  const { args, result } = objectWith(capture, 'capture', ['args', 'result']) as CaptureOptions;
  return {
    captureArgs: booleanOr(args, 'capture.args', true),
    captureResult: booleanOr(result, 'capture.result', true),
  };
}

function checkSerializer(serializer: unknown): MonitorSettings['serializer'] {
  if (serializer === undefined) return 'smart';
  if (typeof serializer === 'function' || SERIALIZERS.includes(serializer as string)) {
    return serializer as MonitorSettings['serializer'];
  }
  const expectation = `one of ${SERIALIZERS.join(', ')} or a function`;
  throw expected('ERR_TRACE_OPTION', 'serializer', expectation, serializer);
}

function checkSensitiveFields(fields: unknown): readonly string[] {
  if (fields === undefined) return DEFAULT_SENSITIVE_FIELDS;
  if (Array.isArray(fields) && fields.every((field) => typeof field === 'string' && field !== '')) {
    return fields;
  }
  throw expected('ERR_TRACE_OPTION', 'sensitiveFields', 'an array of non-empty strings', fields);
}

function checkUnnamedArgs(value: unknown): 'type' | 'value' {
  if (value === undefined || value === 'type' || value === 'value') return value ?? 'type';
  throw expected('ERR_TRACE_OPTION', 'unnamedArgs', "'type' or 'value'", value);
}

/** @throws TraceError `ERR_TRACE_OPTION` unless it can record. */
export function checkCollector(collector: unknown): CallRecorder | undefined {
  if (collector === undefined) return undefined;
  const isObject = typeof collector === 'object' && collector !== null && !types.isProxy(collector);
  if (isObject && typeof (collector as CallRecorder).record === 'function') {
    return collector as CallRecorder;
  }
  throw expected('ERR_TRACE_OPTION', 'collector', 'a TraceCollector', collector);
}

/** @throws TraceError `ERR_TRACE_OPTION` for an unknown option or a value it cannot have. */
export function checkMonitorOptions(options: unknown): MonitorSettings {
  const given = objectWith(options, 'options', OPTION_NAMES) as MonitorOptions;
  return {
    processGroup: optionalText(given.processGroup, 'processGroup') ?? 'default',
    sampleRate: numberIn(given.sampleRate, 'sampleRate', { min: 0, max: 1, fallback: 1 }),
    ...checkCapture(given.capture),
    serializer: checkSerializer(given.serializer),
    maxLength: integerIn(given.maxLength, 'maxLength', {
      min: 1,
      max: MAX_LENGTH,
      fallback: DEFAULT_MAX_LENGTH,
    }),
    sensitiveFields: checkSensitiveFields(given.sensitiveFields),
    unnamedArgs: checkUnnamedArgs(given.unnamedArgs),
    queueWarningThreshold: integerIn(given.queueWarningThreshold, 'queueWarningThreshold', {
      min: 1,
      max: 2 ** 31,
      fallback: DEFAULT_QUEUE_WARNING_THRESHOLD,
    }),
    collector: checkCollector(given.collector),
    module: optionalText(given.module, 'module'),
    name: optionalText(given.name, 'name'),
  };
}
