// The thread of a pipeline. It needs nothing of the main thread, which at exit waits for it without
// running anything: so no console, whose output goes through the main thread.

import { parentPort, workerData } from 'node:worker_threads';
import { Drain, OrphanSpill } from '../collector/drain.js';
import { TraceCollector } from '../collector/trace-collector.js';
import { TraceError } from '../errors.js';
import { ConfigWatch } from '../gate/config-watch.js';
import type { GateRules } from '../gate/gate-rules.js';
import { Toggle } from '../gate/toggle/toggle.js';
import { messageOf } from '../thrown.js';
import type { WarningCode } from '../warnings.js';
import { BatchWriter } from './batch-writer.js';
import { type FromWorker, ThreadEnd, type ToWorker, type WorkerInput } from './messages.js';
import { Notices } from './notices.js';
import { gatedHub, toggleOf } from './options.js';
import { OrphanSpills, type SpillFile } from './orphan-spills.js';
import { PipelineGate } from './pipeline-gate.js';
import { PipelineLoop } from './pipeline-loop.js';
import { PipelineReport } from './pipeline-report.js';
import { RefusedEvents } from './refused-events.js';
import { gateOptions, noCounts, type SharedGate } from './sending-gate.js';
import { MainThreadSink } from './sinks/main-thread.js';
import { isMisuse, ReopeningSink } from './sinks/open-sink.js';
import { SettlingSink } from './sinks/settling-sink.js';
import { toStderr } from './stderr.js';

const { handle, options, metrics, ended } = workerData as WorkerInput;
const port = parentPort as NonNullable<typeof parentPort>;
const post = (message: FromWorker) => port.postMessage(message);
const now = () => performance.now();

/** How much longer than its time a turn under way is given before it is left alone. */
const GRACE_MS = 50;

/** One left-over file after the other; one that cannot be read is named and left where it is. */
function orphanSpills(directory: string | undefined, notices: Notices): OrphanSpills {
  const paths = directory === undefined ? [] : OrphanSpill.list(directory);
  const onProblem = ({ message }: Error) =>
    notices.say(message, now(), () => `a spill file is left where it is: ${message}`);
  return new OrphanSpills((): SpillFile | undefined => {
    for (let path = paths.shift(); path !== undefined; path = paths.shift()) {
      try {
        const file = OrphanSpill.open(path);
        if (file !== undefined) return file;
      } catch (error) {
        onProblem(error as Error);
      }
    }
    return undefined;
  }, onProblem);
}

/**
 * Undefined when everything is sent from here. The gate of a store that is forwarded lies behind the store, which takes
 * everything.
 */
function openGate(
  collector: TraceCollector,
  drain: Drain,
  sinkGate: SharedGate,
): PipelineGate | undefined {
  const hub = gatedHub(options);
  if (hub === undefined || 'sqlite' in (options.sink ?? {})) return undefined;
  const { dropped, cleared } = collector.stats();
  return new PipelineGate({
    drain,
    goneBefore: dropped + cleared,
    ...gateOptions(hub, sinkGate),
  });
}

/** Hears from the hub what the gate lets through. `onChange` is told why it hears nothing. */
function watchConfig(
  gate: PipelineGate | undefined,
  run: string,
  onChange: (failure: unknown) => void,
): ConfigWatch | undefined {
  const hub = gatedHub(options);
  if (gate === undefined || hub === undefined) return undefined;
  const { url, key } = hub;
  const { service } = options.program;
  const watch = new ConfigWatch({ url, key, run, service }, (config, failure) => {
    gate.sending.apply(config);
    onChange(failure);
  });
  void watch.start();
  return watch;
}

/** Has the collector record nothing while its project is off. */
async function followToggle(
  collector: TraceCollector,
  run: string,
  onNotice: (message: string) => void,
): Promise<Toggle | undefined> {
  const asked = toggleOf(options);
  if (asked === undefined) return undefined;
  const toggle = new Toggle({ ...asked, run }, onNotice);
  toggle.onChange((isEnabled) => collector.setRecording(isEnabled));
  await toggle.begun();
  return toggle;
}

/** To the main thread, which may wait for it and be able to hear nothing else. */
function tellEnd(how: number): void {
  const cell = new Int32Array(ended);
  if (Atomics.compareExchange(cell, 0, ThreadEnd.none, how) === ThreadEnd.none) {
    Atomics.notify(cell, 0);
  }
}

// However a sink brings the thread down, by process.exit() or an error that nobody catches.
process.on('exit', () => tellEnd(ThreadEnd.died));

async function start(): Promise<void> {
  const collector = TraceCollector.attach(handle);
  const { errorLaneBytes, spillDirectory, spillMaxBytes } = options;
  const notices = new Notices(toStderr);
  const sayMalformed = (problem: string) =>
    notices.say('answer', now(), () => `the sink's answer is not as it should be: ${problem}`);
  const inMain = options.sink === undefined ? new MainThreadSink(post, sayMalformed) : undefined;
  const warn = (code: WarningCode, message: string) => post({ type: 'warning', code, message });
  const sinkGate = {
    counts: noCounts(),
    onRules: (rules: GateRules) => post({ type: 'rules', rules }),
  };
  const given =
    inMain ?? new ReopeningSink(options.sink as NonNullable<typeof options.sink>, warn, sinkGate);
  if (given instanceof ReopeningSink) {
    // A sink that is only down now is tried again with the first batch.
    await given.open().catch((error: unknown) => {
      if (isMisuse(error)) throw error;
    });
  }
  const refused = new RefusedEvents(notices, now, (reason) => post({ type: 'refused', reason }));
  const sink = new SettlingSink(given, refused.add, sayMalformed);
  const drain = Drain.open(collector, {
    ...(errorLaneBytes !== undefined && { errorLaneBytes }),
    ...(spillDirectory !== undefined && { spillDirectory }),
    spillMaxBytes,
  });
  const left = orphanSpills(spillDirectory, notices);
  const gate = openGate(collector, drain, sinkGate);
  const report = new PipelineReport({
    collector,
    drain,
    left,
    sink,
    gateCounts: sinkGate.counts,
    options,
    metrics,
    notices,
    now,
  });
  report.onWarning = warn;
  const writer = new BatchWriter({
    source: drain,
    sink,
    left,
    gate,
    program: options.program,
    accountOf: report.accountOf,
    now,
    intervalMs: options.intervalMs,
    onBatch: report.onBatch,
    isOwn: PipelineReport.isOwn,
  });
  report.writer = writer;
  const onFlushed = (id: number) => post({ type: 'flushed', id });
  const loop = new PipelineLoop(
    writer,
    { onTurn: report.onTurn, afterTurn: report.afterTurn, onFlushed },
    now,
  );

  const watch = watchConfig(gate, drain.run.run, (failure) => {
    const text = () =>
      `the hub says nothing about its gate, errors alone are sent: ${messageOf(failure)}`;
    if (failure !== undefined) notices.say('gate', now(), text);
    loop.wake();
  });

  const toggle = await followToggle(collector, drain.run.run, (message) =>
    warn('AEGIS_TRACE_TOGGLE', message),
  );

  let isFinished = false;
  const finish = (isFlushed: boolean) => {
    if (isFinished) return;
    isFinished = true;
    report.finish();
    left.close();
    tellEnd(ThreadEnd.finished);
    post({ type: 'closed', isFlushed });
  };

  port.on('message', (message: ToWorker) => {
    if (message.type === 'flush') loop.flush(message.id);
    else if (message.type === 'wake') loop.wake();
    else if (message.type === 'answer') inMain?.answer(message.answer);
    else {
      // A sink on the main thread takes nothing any more: there is nothing to wait for.
      const isAbandoned = message.type === 'exit' && inMain !== undefined;
      if (isAbandoned) inMain.abandon();
      const budgetMs = isAbandoned ? 0 : message.budgetMs;
      loop.end(budgetMs);
      // A sink that hangs must keep neither the errors from their file nor the process from ending.
      setTimeout(() => {
        if (message.type === 'exit' && given instanceof ReopeningSink) given.stop();
        finish(false);
      }, budgetMs + GRACE_MS).unref();
    }
  });
  post({ type: 'ready' });
  const isFlushed = await loop.run();
  await watch?.close();
  await toggle?.close();
  await sink.close().catch(() => {}); // what it said it has taken, it has
  finish(isFlushed);
  collector.close();
  port.close();
}

try {
  await start();
} catch (error) {
  const code = error instanceof TraceError ? error.code : undefined;
  post({ type: 'failed', code, message: messageOf(error) });
  port.close();
}
