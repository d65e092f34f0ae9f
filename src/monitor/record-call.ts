import { hrtime } from 'node:process';
import { AttributeList, TAKES_LISTS } from '../collector/attribute-list.js';
import { wholeStackOf } from '../thrown.js';
import { warnOfBacklog } from './backlog.js';
import { CallFrame, openCount } from './call-frame.js';
import type { CodeSite } from './caller-site.js';
import { defaultCollector } from './default-collector.js';
import type { MonitoredFunction } from './monitored-function.js';
import type { CallRecorder } from './options.js';

const EVENT_TYPE = 'function_call';
/** The stack fills so many attributes of {@link STACK_PART} characters: with 4 KiB also a deep one is whole. */
const STACK_PARTS = 4;
const STACK_PART = 1000;
const RATIONALE_MAX = 1000;

type Attributes = Readonly<Record<string, string>>;

let failures = 0;
/** While values are read or recorded: what a serializer of the user's calls is not recorded itself. */
let isBusy = false;

/** How often recording failed in this thread, without the caller noticing. */
export function failureCount(): number {
  return failures;
}

export function countFailure(): void {
  failures++;
}

/** Whether calls of a function are recorded now: there is a collector, and that takes something. */
export function isRecorded({ settings }: MonitoredFunction): boolean {
  const recorder = settings.collector ?? defaultCollector();
  return recorder !== undefined && recorder.isRecording !== false;
}

/**
 * Begins a call. Undefined when it is not to be recorded at all: there is no collector, or beginning
 * failed. Never throws.
 */
export function beginCall(
  monitored: MonitoredFunction,
  args: readonly unknown[],
): CallFrame | undefined {
  const recorder = monitored.settings.collector ?? defaultCollector();
  if (recorder === undefined || recorder.isRecording === false || isBusy) return undefined;
  let frame: CallFrame | undefined;
  try {
    frame = new CallFrame(monitored, recorder);
    if (openCount() >= monitored.settings.queueWarningThreshold) {
      warnOfBacklog(monitored.settings.queueWarningThreshold);
    }
    if (!frame.sampled) frame.unreadArgs = args;
    else if (monitored.settings.captureArgs) readArgs(frame, args);
    return frame;
  } catch {
    failures++;
    // In two steps: the stack may be too full for a call.
    if (frame !== undefined) frame.isLeaving = true;
    frame?.unlist();
    return undefined;
  }
}

/** The attributes of a call that has more than its function's. */
function ownAttributes(frame: CallFrame): AttributeList {
  if (frame.attributes === undefined) {
    frame.attributes = AttributeList.after(frame.monitored.attributes);
    if (frame.parentEventId !== undefined) {
      frame.attributes.add('parent_event_id', frame.parentEventId);
    }
  }
  return frame.attributes;
}

function readArgs(frame: CallFrame, args: readonly unknown[]): void {
  if (args.length === 0) return;
  const attributes = ownAttributes(frame);
  isBusy = true;
  try {
    frame.monitored.addArgs(attributes, args);
  } catch {
    // A serializer of the user's threw, or the stack is nearly exhausted. The call is recorded without.
    failures++;
  } finally {
    isBusy = false;
  }
}

/** Records a call that returned, with more attributes if there are any. Never throws. */
export function endCall(frame: CallFrame, result: unknown, more?: Attributes): void {
  if (frame.ended) return;
  try {
    const endNs = hrtime.bigint();
    frame.unlist();
    frame.ended = true;
    frame.unreadArgs = undefined;
    if (!frame.sampled || frame.recorder.isRecording === false) return;
    const { monitored } = frame;
    if (monitored.settings.captureResult) {
      isBusy = true;
      try {
        ownAttributes(frame).add('result', monitored.values.value(result));
      } catch {
        failures++;
      } finally {
        isBusy = false;
      }
    }
    if (more !== undefined) addAll(ownAttributes(frame), more);
    const attributes =
      frame.attributes ??
      (frame.parentEventId === undefined ? monitored.attributes : ownAttributes(frame));
    record(frame, endNs, 'Info', '', attributes);
  } catch {
    failures++;
  }
}

/** Records a call that threw or rejected, sampled or not. Never throws. */
export function failCall(frame: CallFrame, error: unknown, more?: Attributes): void {
  if (frame.ended) return;
  try {
    const endNs = hrtime.bigint();
    frame.unlist();
    frame.ended = true;
    if (frame.recorder.isRecording === false) return;
    if (frame.unreadArgs !== undefined) {
      if (frame.monitored.settings.captureArgs) readArgs(frame, frame.unreadArgs);
      frame.unreadArgs = undefined;
    }
    const attributes = ownAttributes(frame);
    let rationale = 'threw';
    isBusy = true;
    try {
      rationale = frame.monitored.values.thrown(error);
      attributes.add('error', rationale);
      addStack(attributes, frame, error);
    } catch {
      failures++;
    } finally {
      isBusy = false;
    }
    if (more !== undefined) addAll(attributes, more);
    record(frame, endNs, 'Error', rationale, attributes);
  } catch {
    failures++;
  }
}

/** The stack, with those of inner errors, under `stack`, `stack.2`, …: each attribute is limited. */
function addStack(attributes: AttributeList, frame: CallFrame, error: unknown): void {
  const stack = wholeStackOf(error, STACK_PARTS * STACK_PART);
  if (stack === undefined) return;
  const text = frame.monitored.values.text(stack, STACK_PARTS * STACK_PART);
  for (let part = 0; part * STACK_PART < text.length; part++) {
    const key = part === 0 ? 'stack' : `stack.${part + 1}`;
    attributes.add(key, text.slice(part * STACK_PART, (part + 1) * STACK_PART));
  }
}

function addAll(attributes: AttributeList, more: Attributes): void {
  for (const key of Object.keys(more)) attributes.add(key, more[key] as string);
}

function takesLists(recorder: CallRecorder): boolean {
  return (recorder as { [TAKES_LISTS]?: unknown })[TAKES_LISTS] === recorder.record;
}

/** By OpenTelemetry's names. */
function withSite(attributes: AttributeList, { path, line }: CodeSite): AttributeList {
  return AttributeList.after(attributes)
    .add('code.file.path', path)
    .add('code.line.number', String(line));
}

function record(
  frame: CallFrame,
  endNs: bigint,
  severity: 'Info' | 'Error',
  rationale: string,
  attributes: AttributeList,
): void {
  const { recorder } = frame;
  const site = frame.monitored.siteFor(recorder);
  const all = site === undefined ? attributes : withSite(attributes, site);
  recorder.record({
    eventType: EVENT_TYPE,
    component: frame.monitored.settings.processGroup,
    eventId: frame.eventId,
    timestampNs: frame.startNs,
    durationNs: endNs - frame.startNs,
    requestId: frame.id,
    rationale: rationale.length > RATIONALE_MAX ? rationale.slice(0, RATIONALE_MAX) : rationale,
    severity,
    // A recorder of the user's own gets what it expects, an object.
    attributes: takesLists(recorder) ? (all as unknown as Attributes) : all.toRecord(),
  });
  frame.attributes = undefined;
}
