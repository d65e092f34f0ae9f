import type { DrainGate, PastEvents } from '../collector/drain.js';
import { type Anchored, wallNsOf } from '../event/clock.js';
import type { BackfillAnswer, GateReport } from '../event/gate-report.js';
import type { RecordedEvent } from '../event/recorded-event.js';
import type { SourceAccount } from '../event/source-account.js';
import { isError } from './error-positions.js';
import { SendingGate, type SendingGateOptions } from './sending-gate.js';

/** Requests whose past is looked for at once, and events of it. */
const REQUESTS_AT_ONCE = 100;
const PAST_EVENTS_MAX = 10_000;
/** Between accounts that go without events. */
const ACCOUNT_MS = 1_000;

/** What the gate reads: the collector's Drain is one. */
export interface GatedDrain {
  setGate(gate: DrainGate | undefined): void;
  past(requestIds: readonly string[], maxEvents: number): PastEvents;
  readonly run: Anchored;
}

export interface PipelineGateOptions extends SendingGateOptions {
  readonly drain: GatedDrain;
  /** Events that the ring had given up before it was read. */
  readonly goneBefore: number;
}

/** Some past events of requests that are open now, and which they are of. */
interface Past {
  readonly events: readonly RecordedEvent[];
  readonly answers: readonly BackfillAnswer[];
}

/**
 * The gate of a pipeline that sends from the ring: has the drain hold back what nobody asks for, and brings what is still
 * there of a request when somebody does, or when it has an error.
 */
export class PipelineGate {
  readonly sending: SendingGate;
  readonly #options: PipelineGateOptions;
  #past: Past | undefined;
  #answers: BackfillAnswer[] = [];
  #sent: SourceAccount | undefined;
  #sentMs = 0;

  constructor(options: PipelineGateOptions) {
    this.#options = options;
    this.sending = new SendingGate({
      ...options,
      onRules: (rules) => {
        options.drain.setGate({ requestIds: rules.ids, rate: rules.rate });
        options.onRules(rules);
      },
    });
  }

  /** Counts events that the drain has passed over, or that were not admitted. */
  holdBack(events: number): void {
    this.sending.counts.heldBack += events;
  }

  /** What is to be sent of the past of open requests, the same again until {@link pastStored}; undefined: nothing. */
  past(): readonly RecordedEvent[] | undefined {
    if (this.#past === undefined && this.hasPast) this.#past = this.#find();
    return this.#past?.events;
  }

  pastStored(): void {
    if (this.#past === undefined) return;
    this.sending.counts.backfilled += this.#past.events.length;
    this.#answers.push(...this.#past.answers);
    this.#past = undefined;
  }

  /** Whether there is more of the past. */
  get hasPast(): boolean {
    return this.sending.openings.length > 0;
  }

  /**
   * What is to be said now that everything that was recorded is sent or held back; undefined: nothing. The same again
   * until {@link reported}.
   */
  report(account: SourceAccount): GateReport | undefined {
    const { heats } = this.sending;
    if (this.#answers.length === 0 && heats.size === 0 && !this.#isNews(account)) return undefined;
    return { heats: [...heats], backfills: this.#answers };
  }

  /** The report has arrived. */
  reported(): void {
    this.#answers = [];
    this.sending.heats.clear();
  }

  /** An account goes to the hub. */
  noteAccount(account: SourceAccount): void {
    this.#sent = account;
    this.#sentMs = this.#options.now();
  }

  /** Whether a chain that somebody looks at would be judged otherwise if the hub knew this. */
  #isNews(account: SourceAccount): boolean {
    if (this.#sent === undefined) return true;
    if (!this.sending.isOpen || this.#options.now() - this.#sentMs < ACCOUNT_MS) return false;
    const { lost, lostErrors, rejected, spilled, backlog } = this.#sent;
    return (
      account.lost !== lost ||
      account.lostErrors !== lostErrors ||
      account.rejected !== rejected ||
      account.spilled !== spilled ||
      (backlog > 0 && account.backlog === 0)
    );
  }

  #find(): Past {
    const { drain } = this.#options;
    const { openings, isErrorGated } = this.sending;
    let taken = openings.slice(0, REQUESTS_AT_ONCE);
    const find = () =>
      drain.past(
        taken.map(({ id }) => id),
        PAST_EVENTS_MAX,
      );
    let found = find();
    // Chains that are too long together may not be so one by one.
    while (found.events.length === PAST_EVENTS_MAX && taken.length > 1) {
      taken = taken.slice(0, Math.ceil(taken.length / 2));
      found = find();
    }
    openings.splice(0, taken.length);
    const isCut = found.events.length === PAST_EVENTS_MAX;
    const counts = new Map<string, number>();
    for (const { event } of found.events) {
      counts.set(event.requestId, (counts.get(event.requestId) ?? 0) + 1);
    }
    const { oldestNs, overwritten } = found;
    const oldestWallNs = oldestNs === undefined ? undefined : wallNsOf(drain.run, oldestNs);
    const missing = this.#missingOf(overwritten) + (isCut ? 1 : 0);
    const answers = taken.flatMap(({ id, since }): BackfillAnswer[] =>
      since === undefined
        ? []
        : [{ id, since, events: counts.get(id) ?? 0, missing, oldestWallNs }],
    );
    // Errors have gone their own way.
    const events = isErrorGated ? found.events : found.events.filter((event) => !isError(event));
    return { events: this.sending.marked(events), answers };
  }

  /** Of the events that the ring has no longer those that were not sent either. */
  #missingOf(overwritten: number): number {
    return Math.min(overwritten, this.sending.counts.heldBack + this.#options.goneBefore);
  }
}
