import { randomUUID } from 'node:crypto';
import { hrtime } from 'node:process';
import type { AttributeList } from '../collector/attribute-list.js';
import { generateOperationId } from '../context/operation-id.js';
import { currentOperation, type Operation } from '../context/operation-store.js';
import type { MonitoredFunction } from './monitored-function.js';
import type { CallRecorder } from './options.js';
import { isSampled } from './sampling.js';

/** Calls under way that are listed; of more, the oldest are no longer. Bounds what promises that never settle hold. */
const LISTED_MAX = 65_536;

let newest: CallFrame | undefined;
let oldest: CallFrame | undefined;
let listed = 0;

/** Calls of this thread that are under way. */
export function openCount(): number {
  return listed;
}

/** The listed calls, oldest first. */
export function* openFrames(): Generator<CallFrame> {
  for (let frame = oldest; frame !== undefined; ) {
    const { next } = frame;
    if (frame.isLeaving) frame.unlist();
    else yield frame;
    frame = next;
  }
}

/**
 * One call under way. It is the operation that runs inside: what asks for the operation's id gets
 * that of the operation around, and a monitored call finds its parent.
 */
export class CallFrame implements Operation {
  declare readonly id: string;
  declare readonly name: string | undefined;
  declare readonly parentId: string | undefined;
  declare readonly traceFlags: string | undefined;
  declare readonly traceState: string | undefined;

  declare readonly monitored: MonitoredFunction;
  declare readonly recorder: CallRecorder;
  declare readonly sampled: boolean;
  declare readonly startNs: bigint;
  /**
   * The id of the event of the call around. Not the call itself: a timer that sets itself again would
   * hold all of its past.
   */
  declare readonly parentEventId: string | undefined;
  /** What is known before the call has ended. */
  declare attributes: AttributeList | undefined;
  /** The arguments of a call that is recorded only if it fails. */
  declare unreadArgs: readonly unknown[] | undefined;
  /** The id of the event to come; undefined while nobody has asked for it. */
  declare eventId: string | undefined;
  declare ended: boolean;
  /** Whether it has failed: should it still be open, the stack was too full to record that. */
  declare isLeaving: boolean;

  /** Where it stands in the list. */
  declare previous: CallFrame | undefined;
  declare next: CallFrame | undefined;
  declare isListed: boolean;

  constructor(monitored: MonitoredFunction, recorder: CallRecorder) {
    const outer = currentOperation();
    this.monitored = monitored;
    this.recorder = recorder;
    if (outer === undefined) {
      this.id = generateOperationId();
      this.name = this.parentId = this.traceFlags = this.traceState = undefined;
    } else {
      this.id = outer.id;
      this.name = outer.name;
      this.parentId = outer.parentId;
      this.traceFlags = outer.traceFlags;
      this.traceState = outer.traceState;
    }
    if (outer instanceof CallFrame) {
      this.parentEventId = outer.nameableEventId();
      this.sampled = outer.sampled;
    } else {
      this.parentEventId = undefined;
      this.sampled = isSampled(this.id, monitored.settings.sampleRate);
    }
    this.attributes = undefined;
    this.unreadArgs = undefined;
    this.eventId = undefined;
    this.ended = false;
    this.isLeaving = false;
    while (newest?.isLeaving) newest.unlist();
    if (listed === LISTED_MAX) (oldest as CallFrame).unlist();
    this.startNs = hrtime.bigint();
    // Last, and without a call: where the stack ends in here, nothing is left in the list.
    this.previous = newest;
    this.next = undefined;
    this.isListed = true;
    if (newest === undefined) oldest = this;
    else newest.next = this;
    newest = this;
    listed++;
  }

  /**
   * The id of this call's event. None once the event was recorded without anyone knowing its id: what
   * a call leaves running belongs to its operation, but has no parent.
   */
  nameableEventId(): string | undefined {
    if (this.eventId === undefined && !this.ended) this.eventId = randomUUID();
    return this.eventId;
  }

  /** Takes the call off the list; the second time nothing happens. */
  unlist(): void {
    if (!this.isListed) return;
    this.isListed = false;
    if (this.previous === undefined) oldest = this.next;
    else this.previous.next = this.next;
    if (this.next === undefined) newest = this.previous;
    else this.next.previous = this.previous;
    this.previous = this.next = undefined;
    listed--;
  }
}
