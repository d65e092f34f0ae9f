/** Keys whose enumeration takes about the millisecond that a call may cost (Node 20: 0.1-0.5 µs each). */
const KEYS_PER_CALL = 2000;

/** Objects known to be too large, to every function that they are passed to. */
const large = new WeakSet<object>();
let anyLarge = false;

/**
 * What reading values may still cost a monitored function.
 *
 * V8 lists the keys of an object all at once: a million take 0.3 s, and nothing tells how many there
 * are beforehand. The one object that is too large cannot be helped, but it is paid for: until as
 * many calls have gone by as would have been within the bound, the function's objects are
 * recorded by their class only. So the cost per call stays within the bound, on average.
 */
export class KeyBudget {
  #owed = 0;

  /** To be called once for each call. */
  startCall(): void {
    if (this.#owed > 0) this.#owed -= KEYS_PER_CALL;
  }

  /** Whether the object's keys may be listed. */
  mayRead(object: object): boolean {
    if (this.#owed > 0) return false;
    return !anyLarge || !large.has(object);
  }

  /** Takes note of how many keys an object turned out to have. */
  spend(object: object, keys: number): void {
    if (keys <= KEYS_PER_CALL) return;
    this.#owed += keys;
    anyLarge = true;
    large.add(object);
  }
}
