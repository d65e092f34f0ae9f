import type { RecordedEvent, RunInfo } from '../event/recorded-event.js';
import { isError } from './error-positions.js';
import type { Notices } from './notices.js';

/** Reasons that are counted each for itself; what comes after them is counted as `other`. */
const REASONS_MAX = 20;
const REASON_LENGTH_MAX = 120;
const OTHER = 'other';

/** Events that the sink has refused for good: counted by their reason, and said once a minute. */
export class RefusedEvents {
  readonly #notices: Notices;
  readonly #now: () => number;
  readonly #onCount: (reason: string) => void;
  readonly #reasons = new Set<string>();
  #events = 0;
  #errors = 0;

  constructor(notices: Notices, now: () => number, onCount: (reason: string) => void) {
    this.#notices = notices;
    this.#now = now;
    this.#onCount = onCount;
  }

  readonly add = (_run: RunInfo, placed: RecordedEvent, reason: string): void => {
    this.#events++;
    if (isError(placed)) this.#errors++;
    this.#onCount(this.#kindOf(reason));
    const { eventType, component } = placed.event;
    this.#notices.say(
      'refused',
      this.#now(),
      () =>
        `the sink has refused ${this.#events} events for good, ${this.#errors} of them errors; ` +
        `the last, ${eventType} of ${component}: ${reason}`,
    );
  };

  /** What was expected, without what came: that may be different each time. */
  #kindOf(reason: string): string {
    const kind = (reason.split(/; got /, 1)[0] as string).slice(0, REASON_LENGTH_MAX);
    if (this.#reasons.has(kind)) return kind;
    if (this.#reasons.size >= REASONS_MAX) return OTHER;
    this.#reasons.add(kind);
    return kind;
  }
}
