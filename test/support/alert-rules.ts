import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeHubFolder, type TestHub } from './hub.js';

/** A rule that fires at three errors. */
export const ERRORS = `
[[alerts.rule]]
name = "errors"
query = "SELECT count(*) FROM process_trace WHERE status = 'ERR' AND ts > datetime('now', '-5 minutes')"
threshold = 3
severity = "critical"
labels = { team = "payments" }
description = "{value} errors"
requests = "SELECT DISTINCT request_id FROM process_trace WHERE status = 'ERR' AND request_id <> ''"
`;

/** A file of rules that are looked at each second. */
export const rulesOf = (head: string, rules: string): string =>
  `[alerts]\ncheck_interval_seconds = 1\n${head}\n${rules}`;

/** @returns the file. */
export function writeRules(text: string, folder = makeHubFolder()): string {
  const file = join(folder, 'alerts.toml');
  // As an editor does it: never half of it.
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
  return file;
}

/** Entries of older clients, of which each is an error of a request. */
export const errors = (count: number, from = 0): string =>
  JSON.stringify(
    Array.from({ length: count }, (_, index) => ({
      correlation_id: `r-${from + index}`,
      source_id: 'checkout',
      endpoint: 'pay',
      status: 'ERR',
      timestamp: new Date().toISOString(),
    })),
  );

/** Where a rule stands. */
export async function alertIn(hub: TestHub, name = 'errors') {
  const { json } = await hub.get('/alerts');
  return json.items.find((item: { name: string }) => item.name === name);
}
