const REPEAT_MS = 60_000;

/** Says the same thing once a minute at most. */
export class Notices {
  readonly #say: (text: string) => void;
  readonly #saidAtMs = new Map<string, number>();

  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  /** `kind` is what counts as the same thing. */
  say(kind: string, nowMs: number, text: () => string): void {
    const saidAtMs = this.#saidAtMs.get(kind);
    if (saidAtMs !== undefined && nowMs - saidAtMs < REPEAT_MS) return;
    this.#saidAtMs.set(kind, nowMs);
    this.#say(text());
  }
}

/** Tells when a backlog reaches a threshold; again only after it has fallen below half of it. */
export class BacklogWarning {
  readonly #threshold: number;
  #isAbove = false;

  constructor(threshold: number) {
    this.#threshold = threshold;
  }

  /** Whether this is the moment to warn. */
  rises(backlog: number): boolean {
    if (this.#isAbove) {
      this.#isAbove = backlog >= this.#threshold / 2;
      return false;
    }
    this.#isAbove = backlog >= this.#threshold;
    return this.#isAbove;
  }
}
