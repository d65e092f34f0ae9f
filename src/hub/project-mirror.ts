import { RateLimit } from '../gate/rate-limit.js';
import { RedisLink } from '../gate/redis-link.js';
import { enabledKey, TOGGLE_TTL_MS, versionKey, WRITE_TOGGLE } from '../gate/toggle/toggle-keys.js';
import type { Project } from '../store/project-store.js';
import { messageOf } from '../thrown.js';

/** What was written lives for 300 s. */
const REWRITE_MS = 120_000;
const NOTICE_EVERY_MS = 60_000;

/** Says in Redis which projects are traced, so that processes hear of it that do not ask the hub. */
export class ProjectMirror {
  readonly #link: RedisLink;
  readonly #projects: () => readonly Project[];
  readonly #notify: (message: string) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #notices = new RateLimit(1, NOTICE_EVERY_MS);
  isUp = false;

  /**
   * @param projects - all of them, as they are now.
   * @throws TraceError `ERR_TRACE_PEER`.
   */
  constructor(url: string, projects: () => readonly Project[], notify: (message: string) => void) {
    this.#projects = projects;
    this.#notify = notify;
    this.#link = new RedisLink(url, undefined, {
      onUp: () => {
        this.isUp = true;
        this.#writeAll();
      },
      onDown: (error) => this.#failed(error),
    });
    this.#timer = setInterval(() => this.#writeAll(), REWRITE_MS);
    this.#timer.unref();
  }

  /** Never rejects: a Redis that comes back is told everything. */
  async write({ id, isTracingEnabled, version }: Project): Promise<void> {
    const keys = ['2', enabledKey(id), versionKey(id)];
    const values = [String(isTracingEnabled), String(version), String(TOGGLE_TTL_MS)];
    try {
      await this.#link.send('EVAL', WRITE_TOGGLE, ...keys, ...values);
      this.isUp = true;
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    this.isUp = false;
    if (this.#notices.take(performance.now()) > 0) return;
    this.#notify(`Redis: ${messageOf(error)}; processes hear of projects from the hub alone`);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#link.close();
  }

  #writeAll(): void {
    for (const project of this.#projects()) void this.write(project);
  }
}
