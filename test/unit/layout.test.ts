import { expect, it } from 'vitest';
import { native } from '../../src/collector/binding.js';
import { checkLayout } from '../../src/collector/layout.js';
import { expectTraceError } from '../support/collect.js';

it('the binary that is loaded has the layout of this code', () => {
  expect(Object.keys(native.layout ?? {}).length).toBeGreaterThan(20);
  expect(() => checkLayout(native.layout)).not.toThrow();
});

it.each<[string, Record<string, unknown> | undefined, RegExp]>([
  [
    'moved a field',
    { ...native.layout, recordTimestampNs: 24 },
    /its recordTimestampNs is 24, and 16 here/,
  ],
  [
    'has one counter more',
    { ...native.layout, drainCounters: 'backlog' },
    /its drainCounters is backlog, and backlog,overwritten,/,
  ],
  ['says more', { ...native.layout, recordNew: 1 }, /its recordNew is 1, and undefined here/],
  [
    'says nothing, as older ones',
    undefined,
    /its recordLength is undefined, and 0 here.*npm run build -- --force/s,
  ],
])('a binary that %s is refused, with what to do', async (_, layout, message) => {
  await expectTraceError(() => checkLayout(layout), 'ERR_TRACE_NATIVE', message);
});
