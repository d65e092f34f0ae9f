import type { GateReport } from '../event/gate-report.js';
import { type HeatCause, type Heating, HeatMap, type HeatOptions } from '../gate/heat-map.js';
import { ChangeStreams } from './change-streams.js';
import { type Listener, Listeners } from './listeners.js';
import type { HubShare } from './shared/hub-share.js';
import { SharedHeatMap } from './shared/shared-heat.js';

const TICK_MS = 10_000;

/** The gate of a hub: which requests are hot, who hears of it, and who has answered. */
export class HubGate {
  readonly heat: HeatMap;
  readonly listeners: Listeners;
  readonly changes: ChangeStreams;
  #shared: SharedHeatMap | undefined;
  readonly #timer: NodeJS.Timeout;

  /** @param keptMs - how long events are kept. */
  constructor(options: HeatOptions, keptMs: number) {
    const now = (): number => performance.now();
    this.heat = new HeatMap(options, now, () => Date.now());
    this.listeners = new Listeners(keptMs, now);
    this.changes = new ChangeStreams(() => this.heat.config().etag);
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#timer.unref();
  }

  /** From now on it is one with the gates of other hubs. */
  share(share: HubShare): SharedHeatMap {
    this.#shared = new SharedHeatMap(this.heat, share, () => this.changes.changed());
    return this.#shared;
  }

  /** The processes that keep events back. */
  gated(): Listener[] {
    return this.heat.options.mode === 'off' ? [] : this.listeners.list();
  }

  /** @param by - whose budget it is of. */
  open(id: string, cause: HeatCause, by: string): Heating {
    const heating = this.heat.heat(id, cause, by);
    if (heating.previous !== heating.current) this.changes.changed();
    if (heating.current === 'HOT') this.#shared?.opened(id);
    return heating;
  }

  /** @returns what it was. */
  shut(id: string): string {
    const previous = this.heat.cool(id);
    if (previous !== 'COLD') this.changes.changed();
    this.#shared?.shut(id);
    return previous;
  }

  /** What a process has said beside its events. */
  heard(run: string, { heats, backfills }: GateReport): void {
    for (const id of heats) this.open(id, 'error', run);
    for (const answer of backfills) {
      // An answer to what is over says nothing about what comes.
      if (this.heat.sinceOf(answer.id) === answer.since) this.listeners.answered(run, answer);
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#shared?.close();
    this.changes.close();
  }

  #tick(): void {
    this.heat.tick();
    this.listeners.forget((id, since) => this.heat.sinceOf(id) === since);
    this.changes.changed();
  }
}
