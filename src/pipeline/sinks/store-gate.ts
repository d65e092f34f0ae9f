import type { BackfillAnswer } from '../../event/gate-report.js';
import type { RunInfo } from '../../event/recorded-event.js';
import type { StoredEvent } from '../../event/stored-event.js';
import type { Opening } from '../../gate/client-gate.js';
import type { GateConfig } from '../../gate/gate-config.js';
import type { EventStore } from '../../store/event-store.js';
import { SendingGate, type SendingGateOptions } from '../sending-gate.js';

/** Of a longer chain the rest is not sent. */
const CHAIN_MAX = 10_000;
/**
 * Turns of the pipeline, each of which stores everything that was recorded before it: one may be under way when a request
 * is opened.
 */
const TURNS = 2;

/** Some of a chain that had stayed in the store. */
export interface StoredPast {
  readonly events: readonly StoredEvent[];
  readonly answer: BackfillAnswer | undefined;
}

/** The gate of a pipeline that sends from a store: the store has everything, and its forwarder sends what is asked for. */
export class StoreGate {
  readonly sending: SendingGate;
  readonly #store: EventStore;
  /** Openings by the turn from which on everything recorded before them is stored. */
  readonly #waiting: { readonly opening: Opening; readonly fromTurn: number }[] = [];
  #turn = 0;

  constructor(store: EventStore, options: SendingGateOptions) {
    this.#store = store;
    this.sending = new SendingGate(options);
  }

  /** Takes what the hub says; undefined: it cannot be reached. */
  apply(config: GateConfig | undefined): void {
    this.sending.apply(config);
    this.#takeOpenings();
  }

  /** Everything that was recorded before this turn is stored. */
  turned(): void {
    this.#turn++;
    this.sending.tick();
  }

  /** Marked events were sent. */
  onSent(events: readonly StoredEvent[]): void {
    this.sending.onSent(events);
    this.#takeOpenings();
  }

  /** Whether everything that was recorded of the next request before it was opened is stored. */
  get isPastReady(): boolean {
    const [next] = this.#waiting;
    return next !== undefined && this.#turn >= next.fromTurn;
  }

  /**
   * The past of a request that was opened, when it is stored; undefined: there is none to be sent. The same again until
   * {@link pastSent}.
   *
   * @param own - whose process this is.
   * @param isAll - whether events of other runs are sent from here too.
   */
  async past(own: RunInfo, isAll: boolean): Promise<StoredPast | undefined> {
    const [next] = this.#waiting;
    if (next === undefined || !this.isPastReady) return undefined;
    const { id, since } = next.opening;
    const chain = await this.#store.chain(id, { limit: CHAIN_MAX });
    const events = isAll ? chain : chain.filter(({ run }) => run === own.run);
    const { oldestWallNs } = await this.#store.stats();
    const missing = chain.length === CHAIN_MAX ? 1 : 0;
    const answer =
      since === undefined ? undefined : { id, since, events: events.length, missing, oldestWallNs };
    return { events: this.sending.marked(events), answer };
  }

  pastSent({ events }: StoredPast): void {
    this.#waiting.shift();
    this.sending.counts.backfilled += events.length;
  }

  #takeOpenings(): void {
    const { openings } = this.sending;
    const fromTurn = this.#turn + TURNS;
    this.#waiting.push(...openings.splice(0).map((opening) => ({ opening, fromTurn })));
  }
}
