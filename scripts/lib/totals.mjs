// True totals, read from what the runners report about themselves, never from their exit code alone and never guessed.

import { existsSync, readFileSync } from 'node:fs';

export const NOTHING = Object.freeze({ passed: 0, failed: 0, skipped: 0 });

export function add(...totals) {
  const sum = { ...NOTHING };
  for (const total of totals) for (const key of Object.keys(sum)) sum[key] += total[key];
  return sum;
}

/** One failed check: for what broke before any test could count. */
export const oneFailure = Object.freeze({ passed: 0, failed: 1, skipped: 0 });

/** The line that everything that counts ends with. */
export const totalLine = ({ passed, failed }) => `${passed} passed, ${failed} failed`;

/** ctest --output-junit: counts are attributes of the one <testsuite>. */
export function readJunit(file) {
  if (!existsSync(file)) return NOTHING;
  const suite = /<testsuite\b[^>]*>/.exec(readFileSync(file, 'utf8'))?.[0] ?? '';
  const count = (name) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = count('failures') + count('errors');
  const skipped = count('skipped') + count('disabled');
  return { passed: count('tests') - failed - skipped, failed, skipped };
}

/**
 * vitest's json reporter. A file can fail without a failed test (it could not be loaded, or a hook threw and its tests
 * were skipped): it counts as one failure.
 */
export function readVitest(file) {
  if (!existsSync(file)) return NOTHING;
  const report = JSON.parse(readFileSync(file, 'utf8'));
  const failedAsWhole = report.testResults.filter(({ status, assertionResults }) => {
    return status === 'failed' && !assertionResults.some((test) => test.status === 'failed');
  });
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + failedAsWhole.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/**
 * What a runner counted, corrected for what it cannot count: it failed without a failed test (an error outside of
 * tests, a crash), or it ran no test at all, which must never look like success.
 */
export function accountFor(counted, exitCode) {
  const silentFailure = exitCode !== 0 && counted.failed === 0;
  const ranNothing = exitCode === 0 && counted.passed + counted.failed === 0;
  return silentFailure || ranNothing ? add(counted, oneFailure) : counted;
}
