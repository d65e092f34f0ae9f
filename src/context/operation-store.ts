import { AsyncLocalStorage } from 'node:async_hooks';
import { activeTraceId } from './active-span.js';

/** The work that runs now, from its entry point to its end. Never changed once it is made. */
export interface Operation {
  readonly id: string;
  /** What it is called, where it was given a name. */
  readonly name?: string | undefined;
  /** The id of the operation in which it was started. */
  readonly parentId?: string | undefined;
  /** Flags of an incoming `traceparent`, two hex digits: what we do not decide, we pass on. */
  readonly traceFlags?: string | undefined;
  /** An incoming `tracestate`, passed on with the `traceparent` as W3C asks. */
  readonly traceState?: string | undefined;
}

interface ProcessState {
  readonly storage: AsyncLocalStorage<Operation>;
  /** Holds outside every other operation: the one of the process or thread that started this one. */
  readonly root: Operation | undefined;
  /** Whether `aegis-trace/register` is at work. */
  registered: boolean;
  /** Whether the trace of OpenTelemetry's active span is the operation. */
  followsSpans?: boolean;
  /** What errors carry, see operation-error.ts. */
  readonly errors: WeakMap<object, Operation>;
}

/** The variable by which an operation reaches a child process or a worker thread. */
export const ENV_OPERATION_ID = 'AEGIS_OPERATION_ID';

/** What other services may send us, and so what an id of ours may be. */
const OPERATION_ID = /^[A-Za-z0-9_.:-]{1,128}$/;

/** Whether a value can be an operation id: `[A-Za-z0-9_.:-]{1,128}`. */
export function isOperationId(value: unknown): value is string {
  return typeof value === 'string' && OPERATION_ID.test(value);
}

/**
 * One state for all copies of this package in the thread, so that two copies (a bundled one and an
 * installed one, src and dist) see the same operations. The number changes when the state does.
 */
const STATE = Symbol.for('aegis-trace.context.1');
/** Where recorders find the id without importing us: src/event/current-operation.ts. */
const SLOT = Symbol.for('aegis-trace.current-operation.1');

interface Globals {
  [STATE]?: ProcessState;
  [SLOT]?: { id: (() => string | undefined) | undefined };
}

function createState(): ProcessState {
  const inherited = process.env[ENV_OPERATION_ID];
  return {
    storage: new AsyncLocalStorage<Operation>(),
    root: isOperationId(inherited) ? { id: inherited } : undefined,
    registered: false,
    errors: new WeakMap(),
  };
}

const globals = globalThis as Globals;
globals[STATE] ??= createState();
export const state: ProcessState = globals[STATE];

const { storage, root } = state;

/** The operation that runs now. */
export function currentOperation(): Operation | undefined {
  const operation = storage.getStore() ?? root;
  const id = state.followsSpans === true ? activeTraceId() : undefined;
  return id === undefined || id === operation?.id ? operation : { ...operation, id };
}

/** The id of the operation that runs now; undefined outside of one. */
export function getOperationId(): string | undefined {
  const id = state.followsSpans === true ? activeTraceId() : undefined;
  return id ?? (storage.getStore() ?? root)?.id;
}

/**
 * From now on the operation id is the trace id of OpenTelemetry's active span, where there is one: events, logs and spans
 * of one request are then of one id, and one chain in a hub. For the whole thread. `AEGIS_TRACE_OTEL=on` does it for
 * `aegis-trace/register`.
 */
export function followSpans(): void {
  state.followsSpans = true;
}

globals[SLOT] ??= { id: undefined };
globals[SLOT].id ??= getOperationId;
