import { expected, TraceError } from '../../errors.js';
import type {
  AppendOptions,
  AppendResult,
  EventSink,
  SourceState,
} from '../../event/event-sink.js';
import type { RecordedEvent, RunInfo } from '../../event/recorded-event.js';
import type { WarningCode } from '../../warnings.js';
import type { SinkModule, WorkerOptions } from '../options.js';
import type { SharedGate } from '../sending-gate.js';
import { JsonLinesSink } from './json-lines.js';

type Descriptor = NonNullable<WorkerOptions['sink']>;

/** Told what happens to a sink by itself: a code and a sentence. */
export type Notify = (code: WarningCode, message: string) => void;

async function openSink(
  descriptor: Descriptor,
  notify: Notify,
  gate: SharedGate,
): Promise<EventSink> {
  if ('jsonLines' in descriptor) {
    const notifyOfLines = (message: string) => notify('AEGIS_TRACE_LINES', message);
    const sink = new JsonLinesSink(descriptor.jsonLines, notifyOfLines);
    sink.open();
    return sink;
  }
  if ('module' in descriptor) return openModule(descriptor);
  // Loaded only when asked for: what they need is optional.
  if ('sqlite' in descriptor) {
    if (descriptor.hub !== undefined) {
      const { openForwardedStore } = await import('./forwarded-store.js');
      return openForwardedStore(descriptor.sqlite, descriptor.hub, notify, gate);
    }
    const { openSqlite, storeSink } = await import('./store-sink.js');
    return storeSink(await openSqlite(descriptor.sqlite, notify));
  }
  if ('clickhouse' in descriptor) {
    const { openClickHouse, storeSink } = await import('./store-sink.js');
    return storeSink(await openClickHouse(descriptor.clickhouse));
  }
  const { HubSink } = await import('./hub.js');
  return new HubSink(descriptor.hub);
}

async function openModule({ module, options }: SinkModule): Promise<EventSink> {
  const { default: make } = (await import(String(module))) as { default?: unknown };
  if (typeof make !== 'function') {
    const expectation = 'a module whose default export is a function';
    throw expected('ERR_TRACE_OPTION', 'sink.module', expectation, make);
  }
  const sink = (await make(options)) as EventSink | null | undefined;
  if (typeof sink?.append === 'function' && typeof sink.close === 'function') return sink;
  throw expected('ERR_TRACE_OPTION', 'sink.module', 'a module that returns a sink', sink);
}

/** Whether trying again cannot help: the program must be changed. */
export function isMisuse(error: unknown): boolean {
  return (
    error instanceof TraceError &&
    (error.code === 'ERR_TRACE_OPTION' || error.code === 'ERR_TRACE_PEER')
  );
}

/** A sink that is opened when it is first needed, and tried again after a failure. */
export class ReopeningSink implements EventSink {
  readonly #descriptor: Descriptor;
  readonly #notify: Notify;
  readonly #gate: SharedGate;
  #sink: EventSink | undefined;
  #isStopped = false;

  constructor(descriptor: Descriptor, notify: Notify, gate: SharedGate) {
    this.#descriptor = descriptor;
    this.#notify = notify;
    this.#gate = gate;
  }

  async open(): Promise<EventSink> {
    if (this.#isStopped) throw new Error('the process ends');
    this.#sink ??= await openSink(this.#descriptor, this.#notify, this.#gate);
    return this.#sink;
  }

  async append(
    run: RunInfo,
    events: readonly RecordedEvent[],
    options: AppendOptions,
  ): Promise<AppendResult> {
    const sink = await this.open();
    return sink.append(run, events, options);
  }

  /**
   * From now on the sink is left alone. To be called from a turn of its thread, in which it does nothing, before
   * the process ends: SQLite's addon aborts the process when a call of it fails in a thread that is being ended.
   */
  stop(): void {
    this.#isStopped = true;
    this.#sink = undefined;
  }

  async drained(state: () => SourceState): Promise<void> {
    await this.#sink?.drained?.(state);
  }

  async maintain(): Promise<unknown> {
    return this.#sink?.maintain?.();
  }

  async close(): Promise<void> {
    const sink = this.#sink;
    this.#sink = undefined;
    await sink?.close();
  }
}
