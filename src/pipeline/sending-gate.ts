import type { RecordedEvent } from '../event/recorded-event.js';
import { ClientGate, type KeepReason, type Opening } from '../gate/client-gate.js';
import type { GateConfig } from '../gate/gate-config.js';
import { type GateRules, passes } from '../gate/gate-rules.js';
import { isError } from './error-positions.js';
import type { CheckedHubSink } from './hub-sink-options.js';

/** The attribute that says why an event was sent. */
const KEPT_ATTRIBUTE = 'aegis.kept';

/** Counts since the pipeline was started. */
export interface GateCounts {
  /** Events that stayed at home. */
  heldBack: number;
  /** Events sent, by the reason why. */
  readonly kept: Record<KeepReason, number>;
  /** Of these, events that had stayed before. */
  backfilled: number;
  /** Requests that errors would have opened, had there been room. */
  refusedOpenings: number;
}

export function noCounts(): GateCounts {
  return {
    heldBack: 0,
    kept: { error: 0, hot: 0, warm: 0, default: 0, dry_run: 0 },
    backfilled: 0,
    refusedOpenings: 0,
  };
}

export interface SendingGateOptions {
  readonly isDryRun: boolean;
  /** Whether errors need an open request as everything else does. */
  readonly isErrorGated: boolean;
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
  /** Told what is sent from now on, at first too. */
  readonly onRules: (rules: GateRules) => void;
  readonly counts: GateCounts;
}

/** What a gate shares with its pipeline. */
export type SharedGate = Pick<SendingGateOptions, 'counts' | 'onRules'>;

/** The options of a gate, as the sink's options say. */
export function gateOptions(
  { dryRun, errors }: CheckedHubSink,
  shared: SharedGate,
): SendingGateOptions {
  return {
    isDryRun: dryRun,
    isErrorGated: errors === 'gated',
    now: () => performance.now(),
    ...shared,
  };
}

/** What is sent of what a process has, and what is to be brought along: the same for a ring and for a store. */
export class SendingGate {
  readonly counts: GateCounts;
  /** Requests of which what had stayed at home is to be sent, the oldest first. */
  readonly openings: Opening[] = [];
  /** Requests of errors that other processes are to hear of. */
  readonly heats = new Set<string>();
  readonly isErrorGated: boolean;
  readonly #gate: ClientGate;
  readonly #onRules: (rules: GateRules) => void;
  #rules: GateRules | undefined;

  constructor({ isDryRun, isErrorGated, now, onRules, counts }: SendingGateOptions) {
    this.counts = counts;
    this.isErrorGated = isErrorGated;
    this.#gate = new ClientGate(isDryRun, now);
    this.#onRules = onRules;
    this.#update();
  }

  /** Whether a request is open, so that what is lost meanwhile matters to somebody. */
  get isOpen(): boolean {
    return this.#gate.rules.ids.size > 0;
  }

  /** Takes what the hub says; undefined: it cannot be reached. */
  apply(config: GateConfig | undefined): void {
    const openings = this.#gate.apply(config);
    this.#update();
    this.openings.push(...openings);
  }

  /** Lets time pass. */
  tick(): void {
    this.#gate.tick();
    this.#update();
  }

  /** Whether an event is sent. */
  admits(recorded: RecordedEvent): boolean {
    if (!this.isErrorGated && isError(recorded)) return true;
    return passes(this.#gate.rules, recorded.event.requestId);
  }

  /** The events with the reason why each is sent. */
  marked<T extends RecordedEvent>(events: readonly T[]): T[] {
    return events.map((recorded) => {
      const { event } = recorded;
      const reason = this.#gate.reasonFor(event.requestId, isError(recorded));
      const attributes = { ...event.attributes, [KEPT_ATTRIBUTE]: reason };
      return { ...recorded, event: { ...event, attributes } };
    });
  }

  /** Marked events were sent. Errors bring their requests along, here and from other processes. */
  onSent(events: readonly RecordedEvent[]): void {
    for (const { event } of events) {
      this.counts.kept[event.attributes[KEPT_ATTRIBUTE] as KeepReason]++;
    }
    if (this.isErrorGated) return;
    for (const { event } of events.filter(isError)) {
      const opening = this.#gate.openForError(event.requestId);
      if (opening === undefined) continue;
      this.openings.push(opening);
      this.heats.add(opening.id);
    }
    this.counts.refusedOpenings = this.#gate.refusedOpenings;
    this.#update();
  }

  #update(): void {
    const { rules } = this.#gate;
    if (rules === this.#rules) return;
    this.#rules = rules;
    this.#onRules(rules);
  }
}
