import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EventSink, retryAfterMsOf, type SourceState } from '../../event/event-sink.js';
import { type EventStatus, STATUSES } from '../../event/event-status.js';
import type { BackfillAnswer } from '../../event/gate-report.js';
import type { StoredEvent } from '../../event/stored-event.js';
import type { EventStore } from '../../store/event-store.js';
import type { StorePosition } from '../../store/position.js';
import { messageOf } from '../../thrown.js';
import { Notices } from '../notices.js';
import type { StoreGate } from './store-gate.js';

/** How long a process that died keeps others from going on in its place, milliseconds. */
const LEASE_MS = 10_000;
const RENEW_MS = 3_000;
/** Between looks at a store in which nothing is new, and at a lease that another process has. */
const IDLE_MS = 100;
const WAIT_MS = 1_000;
const PAGE_EVENTS = 1_000;
const BACKOFF_FIRST_MS = 100;
const BACKOFF_LAST_MS = 1_500;
const REST_MAX_MS = 300_000;
/** How long a close goes on sending what is there. */
const CLOSE_MS = 2_000;
/** Between accounts of a process, which are sent by themselves. */
const ACCOUNT_MS = 1_000;

/** Told, in a sentence, what is tried again and what was lost. */
type OnNotice = (message: string) => void;

export interface ForwarderParts {
  readonly store: EventStore;
  /** Makes a sink that takes batches of one run, and settles what is refused for good. */
  readonly openHub: () => EventSink;
  /** Decides what is sent. Default: everything. */
  readonly gate: StoreGate | undefined;
  readonly onNotice: OnNotice;
}

/** What a step came to. */
type Step = 'more' | 'end' | 'not ours';

/**
 * Sends what a store has to a hub, in the order of insertion, and keeps in the store how far it has come. Errors have a
 * position of their own, so that they do not wait for what else is there. Of all processes with the same database one
 * does it at a time.
 */
export class Forwarder {
  readonly #notices: Notices;
  readonly #loops: readonly Promise<void>[];
  readonly #abort = new AbortController();
  #isEnding = false;
  #own: SourceState | undefined;

  constructor({ store, openHub, gate, onNotice }: ForwarderParts) {
    this.#notices = new Notices(onNotice);
    const holder = randomUUID();
    const followers = STATUSES.map(
      (status) => new StatusFollower(store, openHub(), { status, holder, gate, onNotice }),
    );
    // Events of this process are sent when both have passed them.
    const waiting = async () => {
      const { number } = await store.end();
      return Math.max(0, ...followers.map(({ reached }) => number - reached));
    };
    this.#loops = followers.map((follower) => this.#run(follower, waiting));
  }

  /** What this process says of itself by now: it goes along with what is sent. */
  set own(own: SourceState) {
    this.#own = own;
  }

  /** Sends what is there, for as long as the hub takes it, and lets other processes go on. */
  async close(): Promise<void> {
    this.#isEnding = true;
    const timer = setTimeout(() => this.#abort.abort(), CLOSE_MS);
    await Promise.all(this.#loops);
    clearTimeout(timer);
  }

  /** Never rejects. */
  async #run(follower: StatusFollower, waiting: () => Promise<number>): Promise<void> {
    for (let failures = 0; !this.#abort.signal.aborted; ) {
      try {
        const step = await follower.step(() => this.#accounted(waiting));
        failures = 0;
        if (step === 'more') continue;
        if (this.#isEnding) {
          await follower.sayLast(() => this.#accounted(waiting));
          break;
        }
        await this.#sleep(step === 'end' ? IDLE_MS : WAIT_MS);
      } catch (error) {
        // What is not sent now is in the store, for the next process.
        if (this.#isEnding) break;
        const text = () => `the hub takes nothing of the store, retrying: ${messageOf(error)}`;
        this.#notices.say('down', performance.now(), text);
        const backoffMs = Math.min(BACKOFF_LAST_MS, BACKOFF_FIRST_MS * 2 ** failures++);
        await this.#sleep(Math.min(REST_MAX_MS, retryAfterMsOf(error) ?? backoffMs));
      }
    }
    await follower.close();
  }

  /** What waits in the store to be sent waits as well as what waits in the ring. */
  async #accounted(waiting: () => Promise<number>): Promise<SourceState | undefined> {
    if (this.#own === undefined) return undefined;
    const { run, account } = this.#own;
    return { run, account: { ...account, backlog: account.backlog + (await waiting()) } };
  }

  /** Until the time has passed, or the end has come. */
  async #sleep(ms: number): Promise<void> {
    const end = performance.now() + ms;
    while (!this.#isEnding && performance.now() < end) {
      await sleep(Math.min(IDLE_MS, ms));
    }
  }
}

interface FollowerParts {
  readonly status: EventStatus;
  /** Who asks for the lease. */
  readonly holder: string;
  readonly gate: StoreGate | undefined;
  readonly onNotice: OnNotice;
}

/** Sends the events of one status. */
class StatusFollower {
  readonly #store: EventStore;
  readonly #hub: EventSink;
  readonly #parts: FollowerParts;
  #position: StorePosition | undefined;
  #isHeld = false;
  #leasedMs = 0;
  #accountedMs = 0;

  constructor(store: EventStore, hub: EventSink, parts: FollowerParts) {
    this.#store = store;
    this.#hub = hub;
    this.#parts = parts;
  }

  /** How far this status was sent, by whichever process. */
  get reached(): number {
    return this.#position?.number ?? 0;
  }

  /** Sends a page. @throws (rejects) what the store or the hub throws; the page comes again. */
  async step(ownAccount: () => Promise<SourceState | undefined>): Promise<Step> {
    await this.#keepLease();
    const from = this.#position as StorePosition;
    if (!this.#isHeld) {
      await this.#sendPast(ownAccount);
      await this.#sayOwn(ownAccount);
      return 'not ours';
    }
    const { status, onNotice } = this.#parts;
    const page = await this.#store.after(from, { limit: PAGE_EVENTS, filter: { status } });
    if (page.hasGap && from.number > 0) {
      onNotice('events were purged from the store before they were sent to the hub');
    }
    for (const [run, events] of byRun(page.events)) await this.#send(run, events);
    if (page.position.number !== from.number || page.isReset) await this.#lease(page.position);
    await this.#sendPast(ownAccount);
    if (!page.isEnd) return 'more';
    await this.#sayOwn(ownAccount);
    return 'end';
  }

  async close(): Promise<void> {
    if (this.#isHeld) await this.#lease(this.#position, 0).catch(() => undefined);
    await this.#hub.close();
  }

  async #keepLease(): Promise<void> {
    const isFresh = performance.now() - this.#leasedMs < RENEW_MS;
    if (!this.#isHeld || !isFresh) await this.#lease(this.#isHeld ? this.#position : undefined);
  }

  async #lease(position: StorePosition | undefined, forMs = LEASE_MS): Promise<void> {
    const { status, holder } = this.#parts;
    this.#leasedMs = performance.now();
    const state = await this.#store.lease({ name: `hub.${status}`, holder, forMs, position });
    this.#position = state.position;
    this.#isHeld = state.isHeld;
  }

  async #send(run: string, events: readonly StoredEvent[]): Promise<void> {
    const info = await this.#store.run(run);
    // Purged since it was read.
    if (info === undefined) return;
    const { gate, status } = this.#parts;
    const durable = status === 'ERR';
    if (gate === undefined) return void (await this.#hub.append(info, events, { durable }));
    const admitted = events.filter((event) => gate.sending.admits(event));
    gate.sending.counts.heldBack += events.length - admitted.length;
    if (admitted.length === 0) return;
    const marked = gate.sending.marked(admitted);
    await this.#hub.append(info, marked, { durable });
    gate.onSent(marked);
  }

  /** What had stayed in the store of requests that are open now, and that it is sent. */
  async #sendPast(ownAccount: () => Promise<SourceState | undefined>): Promise<void> {
    const { gate, status } = this.#parts;
    if (gate === undefined || status !== 'OK') return;
    while (gate.isPastReady || gate.sending.heats.size > 0) {
      const own = await ownAccount();
      if (own === undefined) return;
      const past = await gate.past(own.run, this.#isHeld);
      for (const [run, events] of byRun(past?.events ?? [])) {
        const info = await this.#store.run(run);
        if (info === undefined) continue;
        await this.#hub.append(info, events, {});
        gate.onSent(events);
      }
      await this.#report(own, past?.answer);
      if (past !== undefined) gate.pastSent(past);
    }
  }

  async #report({ run, account }: SourceState, answer: BackfillAnswer | undefined): Promise<void> {
    const heats = [...(this.#parts.gate?.sending.heats ?? [])];
    const backfills = answer === undefined ? [] : [answer];
    await this.#hub.append(run, [], { account, gate: { heats, backfills } });
    for (const id of heats) this.#parts.gate?.sending.heats.delete(id);
  }

  /** Says what the process says of itself, when there is nothing more to send or another one does that. */
  async #sayOwn(ownAccount: () => Promise<SourceState | undefined>): Promise<void> {
    if (performance.now() - this.#accountedMs < ACCOUNT_MS) return;
    await this.sayLast(ownAccount);
  }

  /** The same, however lately it was said. */
  async sayLast(ownAccount: () => Promise<SourceState | undefined>): Promise<void> {
    if (this.#parts.status !== 'OK') return;
    const own = await ownAccount();
    if (own === undefined) return;
    await this.#hub.append(own.run, [], { account: own.account });
    this.#accountedMs = performance.now();
  }
}

function byRun(events: readonly StoredEvent[]): Map<string, StoredEvent[]> {
  const runs = new Map<string, StoredEvent[]>();
  for (const event of events) {
    const known = runs.get(event.run);
    if (known === undefined) runs.set(event.run, [event]);
    else known.push(event);
  }
  return runs;
}
