import { expect, it } from 'vitest';
import { sqlAt } from '../../src/alerts/sql-at.js';

const NOW = 'toDateTime(1700000000)';

it.each([
  ['SELECT now() - 300', `SELECT ${NOW} - 300`],
  ['SELECT today ( ), yesterday()', `SELECT toDate(${NOW}), (toDate(${NOW}) - 1)`],
  [
    'select count() from  process_trace where 1',
    `select count() from  (SELECT * FROM process_trace WHERE ts <= ${NOW}) where 1`,
  ],
  [
    'SELECT 1 FROM a JOIN data_trace USING request_id',
    `SELECT 1 FROM a JOIN (SELECT * FROM data_trace WHERE ts <= ${NOW}) USING request_id`,
  ],
  // In texts, names and comments, and where it is no view or no call, nothing is another one.
  [
    "SELECT 'it\\'s now() FROM process_trace', \"now()\", `now()` -- now()\n/* FROM process_trace */",
    "SELECT 'it\\'s now() FROM process_trace', \"now()\", `now()` -- now()\n/* FROM process_trace */",
  ],
  ['SELECT process_trace_2, now FROM event', 'SELECT process_trace_2, now FROM event'],
])('%s', (sql, expected) => {
  expect(sqlAt(sql, 1_700_000_000_999)).toBe(expected);
  expect(sqlAt(sql, undefined)).toBe(sql);
});
