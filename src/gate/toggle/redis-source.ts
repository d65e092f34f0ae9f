import { RedisLink } from '../redis-link.js';
import {
  enabledKey,
  readToggle,
  type ToggleAnswer,
  togglePrefix,
  versionKey,
} from './toggle-keys.js';

/** Between looks: what has come back from being away is noticed after that, and a deadline. */
const LOOK_MS = 2_000;

/** What becomes known through Redis. */
export interface RedisSourceEvents {
  readonly onAnswer: (answer: ToggleAnswer) => void;
  /** Redis says nothing about the project, or nothing that can be read. */
  readonly onNothing: (why: 'missing' | 'nonsense') => void;
  readonly onFailure: (error: unknown) => void;
}

/** Hears of changes of a project's keys, and looks at them every 2 s. */
export class RedisSource {
  readonly #link: RedisLink;
  readonly #projectId: string;
  readonly #events: RedisSourceEvents;
  readonly #timer: NodeJS.Timeout;
  #isUp = false;
  #isReading = false;
  #isReadWanted = false;

  /** @throws TraceError `ERR_TRACE_PEER`. */
  constructor(url: string, projectId: string, events: RedisSourceEvents) {
    this.#projectId = projectId;
    this.#events = events;
    this.#link = new RedisLink(url, togglePrefix(projectId), {
      onUp: () => {
        this.#isUp = true;
        void this.#read();
      },
      onDown: (error) => {
        this.#isUp = false;
        events.onFailure(error);
      },
      onChange: () => void this.#read(),
    });
    this.#timer = setInterval(() => void this.#read(), LOOK_MS);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#link.close();
  }

  /** A change that is told while an answer is on its way may not be in it. */
  async #read(): Promise<void> {
    if (!this.#isUp) return;
    if (this.#isReading) {
      this.#isReadWanted = true;
      return;
    }
    this.#isReading = true;
    try {
      do {
        this.#isReadWanted = false;
        await this.#readOnce();
      } while (this.#isReadWanted);
    } catch (error) {
      this.#events.onFailure(error);
    } finally {
      this.#isReading = false;
    }
  }

  async #readOnce(): Promise<void> {
    const keys = [enabledKey(this.#projectId), versionKey(this.#projectId)];
    const answer = readToggle(await this.#link.send('MGET', ...keys));
    if (typeof answer === 'string') this.#events.onNothing(answer);
    else this.#events.onAnswer(answer);
  }
}
