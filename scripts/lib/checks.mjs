// A list of named checks: one `ok` or `not ok` line each on stdout, the reason below, the totals at the end.

import { totalLine } from './totals.mjs';

export class Checks {
  #passed = 0;
  #failed = 0;

  /** Runs one check: it passes unless `body` throws. Returns whether it passed. */
  async check(name, body) {
    try {
      await body();
      this.count(name, true);
      return true;
    } catch (error) {
      this.count(name, false, error?.message ?? String(error));
      return false;
    }
  }

  /** Counts one outcome that was found elsewhere. */
  count(name, passed, reason = '') {
    if (passed) this.#passed += 1;
    else this.#failed += 1;
    process.stdout.write(`${passed ? 'ok' : 'not ok'} - ${name}\n`);
    if (!passed && reason !== '')
      process.stdout.write(`${reason.trimEnd().replace(/^/gm, '    # ')}\n`);
  }

  /** Adds what a test runner counted. */
  addTotals(name, { passed, failed }) {
    this.#passed += passed;
    this.#failed += failed;
    process.stdout.write(
      `${failed === 0 ? 'ok' : 'not ok'} - ${name}: ${totalLine({ passed, failed })}\n`,
    );
  }

  /** Prints the totals; the exit code. Checking nothing is a failure. */
  finish() {
    const nothing = this.#passed + this.#failed === 0;
    process.stdout.write(
      `${totalLine({ passed: this.#passed, failed: this.#failed + Number(nothing) })}\n`,
    );
    return this.#failed === 0 && !nothing ? 0 : 1;
  }
}
