import { messageOf } from '../../thrown.js';
import { warn } from '../../warnings.js';
import type { HubWatch } from '../hub-watch.js';
import { RateLimit } from '../rate-limit.js';
import { watchProject } from './hub-source.js';
import { type CheckedToggleOptions, checkToggleOptions, type ToggleOptions } from './options.js';
import { RedisSource } from './redis-source.js';
import type { ToggleAnswer } from './toggle-keys.js';

/** How long the first answer is waited for, milliseconds. */
const FIRST_ANSWER_MS = 50;
const NOTICE_EVERY_MS = 60_000;
/** Between questions to a hub about what Redis does not have. */
const ASK_EVERY_MS = 2_000;

/** What a toggle goes by now. */
export interface ToggleStatus {
  readonly isEnabled: boolean;
  /** Of what is known; undefined while nothing is: then it is on. */
  readonly version: number | undefined;
  /** Who has said so. */
  readonly source: 'redis' | 'hub' | undefined;
  /** What failed last of what is still failing. */
  readonly redisFailure: string | undefined;
  readonly hubFailure: string | undefined;
}

/** Whether a project is traced: the last that Redis or a hub has said, else on. Made by {@link createToggle}. */
export class Toggle {
  readonly projectId: string;
  readonly #listeners = new Set<(isEnabled: boolean) => void>();
  readonly #notices = new RateLimit(1, NOTICE_EVERY_MS);
  readonly #questions = new RateLimit(1, ASK_EVERY_MS);
  readonly #redis: RedisSource | undefined;
  readonly #hub: HubWatch<ToggleAnswer & { readonly etag: string }> | undefined;
  #onFirst: () => void = () => {};
  readonly #answered: Promise<void>;
  #isEnabled = true;
  #version: number | undefined;
  #source: 'redis' | 'hub' | undefined;
  #redisFailure: string | undefined;
  #hubFailure: string | undefined;

  readonly #onNotice: (message: string) => void;

  /** @internal */
  constructor(
    { projectId, redisUrl, hub, ...asker }: CheckedToggleOptions,
    onNotice: (message: string) => void = (message) => warn('AEGIS_TRACE_TOGGLE', message),
  ) {
    this.projectId = projectId;
    this.#onNotice = onNotice;
    this.#answered = new Promise((resolve) => {
      this.#onFirst = resolve;
    });
    if (redisUrl !== undefined) {
      this.#redis = new RedisSource(redisUrl, projectId, {
        onAnswer: (answer) => this.#heardOfRedis(answer),
        onNothing: (why) => this.#heardNothing(why),
        onFailure: (error) => {
          this.#redisFailure = messageOf(error);
          this.#notice(`Redis: ${this.#redisFailure}`);
        },
      });
    }
    if (hub !== undefined) {
      const asked = { ...hub, projectId, ...asker };
      this.#hub = watchProject(asked, (answer, failure) => this.#heardOfHub(answer, failure));
      void this.#hub.start();
    }
  }

  /** Resolves with the first answer, or after 50 ms. @internal */
  async begun(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, FIRST_ANSWER_MS);
    });
    await Promise.race([this.#answered, late]);
    clearTimeout(timer);
  }

  /** Whether the project is traced. A look at one field: for every request. */
  isTracingEnabled(): boolean {
    return this.#isEnabled;
  }

  status(): ToggleStatus {
    return {
      isEnabled: this.#isEnabled,
      version: this.#version,
      source: this.#source,
      redisFailure: this.#redisFailure,
      hubFailure: this.#hubFailure,
    };
  }

  /** @returns ends it. */
  onChange(listener: (isEnabled: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Lets go of Redis and of the hub; what is known stays. */
  async close(): Promise<void> {
    this.#redis?.close();
    await this.#hub?.close();
  }

  #heardOfRedis({ isEnabled, version }: ToggleAnswer): void {
    this.#redisFailure = undefined;
    // Somebody has written it by hand: the hub knows better, where there is one.
    if (version === undefined && this.#hub !== undefined) this.#askHub();
    else this.#apply(isEnabled, version, 'redis');
  }

  #heardNothing(why: 'missing' | 'nonsense'): void {
    this.#redisFailure = why === 'missing' ? undefined : 'its key has neither true nor false';
    if (why === 'nonsense') this.#notice(`Redis: ${this.#redisFailure}`);
    this.#askHub();
  }

  #heardOfHub(answer: ToggleAnswer | undefined, failure: unknown): void {
    if (answer === undefined) {
      this.#hubFailure = messageOf(failure);
      this.#notice(`the hub: ${this.#hubFailure}`);
      return;
    }
    this.#hubFailure = undefined;
    this.#apply(answer.isEnabled, answer.version, 'hub');
  }

  #askHub(): void {
    if (this.#hub !== undefined && this.#questions.take(performance.now()) === 0) {
      void this.#hub.poll();
    }
  }

  /** What is older than what is known changes nothing, whoever says it. */
  #apply(isEnabled: boolean, version: number | undefined, source: 'redis' | 'hub'): void {
    if (version !== undefined && version < (this.#version ?? 0)) return;
    this.#version = version ?? this.#version;
    this.#source = source;
    const isChange = isEnabled !== this.#isEnabled;
    this.#isEnabled = isEnabled;
    if (isChange) for (const listener of this.#listeners) listener(isEnabled);
    this.#onFirst();
  }

  #notice(what: string): void {
    if (this.#notices.take(performance.now()) > 0) return;
    const state = this.#isEnabled ? 'on' : 'off';
    const since = this.#version === undefined ? 'nobody has said yet' : 'as was said last';
    this.#onNotice(`tracing of ${this.projectId} is ${state}, ${since}: ${what}`);
  }
}

/**
 * Follows whether a project is traced, through Redis, a hub, or both. Waits 50 ms for the first answer: then it is on
 * until there is one. Nothing that fails later is ever waited for.
 *
 * @throws TraceError (rejects) `ERR_TRACE_OPTION`; `ERR_TRACE_PEER` when Redis is asked for and its client is not
 * installed.
 */
export async function createToggle(options: ToggleOptions = {}): Promise<Toggle> {
  const toggle = new Toggle(checkToggleOptions(options));
  await toggle.begun();
  return toggle;
}
