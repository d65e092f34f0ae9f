import type { HeatMap } from '../../gate/heat-map.js';
import type { HubShare } from './hub-share.js';

/** Changes in quick succession are read once. */
const SETTLE_MS = 50;

/** Keeps what is HOT in one hub, HOT in all of them. */
export class SharedHeatMap {
  readonly #heat: HeatMap;
  readonly #share: HubShare;
  readonly #onChange: () => void;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** @param onChange - what is HOT here has changed. */
  constructor(heat: HeatMap, share: HubShare, onChange: () => void) {
    this.#heat = heat;
    this.#share = share;
    this.#onChange = onChange;
  }

  /** This hub has made a request HOT, or keeps it HOT. */
  opened(id: string): void {
    const item = this.#heat.find(id);
    if (item?.state === 'HOT') void this.#share.setHeat({ ...item, state: 'HOT' }, false);
  }

  /** This hub has made a request COLD. */
  shut(id: string): void {
    const cold = { id, state: 'COLD', cause: 'enable', since: 0, remainingMs: 0 } as const;
    void this.#share.setHeat(cold, false);
  }

  /** Redis is there, perhaps again: the others hear of what this hub knows, and it of what they do. */
  async exchange(): Promise<void> {
    const own = this.#heat.list().filter(({ state }) => state === 'HOT');
    await Promise.all(own.map((item) => this.#share.setHeat({ ...item, state: 'HOT' }, true)));
    this.changed();
  }

  /** Another hub has changed something. */
  changed(): void {
    if (this.#isClosed) return;
    this.#timer ??= setTimeout(() => void this.#read(), SETTLE_MS).unref();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  async #read(): Promise<void> {
    this.#timer = undefined;
    try {
      const heats = await this.#share.heats(this.#heat.options.warmMs);
      this.#heat.adopt(heats);
      this.#onChange();
    } catch {
      // When Redis is there again it is read anew.
    }
  }
}
