import { expect, it } from 'vitest';
import {
  counterProblem,
  parseMetadata,
  retainedProblem,
  toSteadyNs,
  toWallNs,
} from '../../src/export/export-metadata.js';
import { expectTraceError } from '../support/collect.js';
import { formatExport, type MetadataText } from '../support/write-export.js';

function metadataText(overrides: MetadataText = {}): string {
  const text = formatExport([], {
    recorded: '10',
    retained: '4',
    dropped: '3',
    cleared: '2',
    ...overrides,
  });
  return text.slice('{"metadata": '.length, text.indexOf(' '.repeat(40)));
}

const SOUND = { drained: '1', capacity: '4' };

it('C10: reads every member, the clock exactly', () => {
  expect(parseMetadata(metadataText(SOUND))).toEqual({
    format: 'aegis-trace',
    formatVersion: 1,
    pid: 123,
    capacity: 4,
    recorded: 10,
    retained: 4,
    dropped: 3,
    cleared: 2,
    drained: 1,
    rejected: 0,
    truncated: 0,
    clock: { steadyNs: 1_000_000_000n, wallNs: 1_700_000_000_000_000_001n },
  });
});

it('ignores members of later releases', () => {
  const later = { ...SOUND, host: '{"cores":[2,{"mhz":3.5}]}' };
  expect(parseMetadata(metadataText(later))).toEqual(parseMetadata(metadataText(SOUND)));
});

it.each<[MetadataText, RegExp]>([
  [{ format: '"other"' }, /metadata.format must be "aegis-trace"; got "other"/],
  [{ format_version: '2' }, /format_version must be 1, the one this release reads; got 2/],
  [{ format_version: '"1"' }, /format_version must be 1/],
  [{ format_version: '1.0' }, /format_version must be 1/],
  [{ pid: '-1' }, /metadata.pid must be an integer from 0/],
  [{ capacity: '0' }, /metadata.capacity must be an integer from 1/],
  [{ recorded: '9007199254740992' }, /recorded must be .* 2\^53 - 1; got "9007199254740992"/],
  [{ dropped: '1.5' }, /dropped/],
  [{ rejected: 'null' }, /rejected .* got "no integer"/],
  [{ clock: '{"steady_ns":1}' }, /metadata.clock.wall_ns must be an integer of 64 bits/],
  [{ clock: '{"steady_ns":9223372036854775808,"wall_ns":1}' }, /steady_ns/],
  [{ clock: '[1,2]' }, /steady_ns/],
  [{ clock: '{"steady_ns":1,"wall_ns":1,"wall_ns":2}' }, /once/],
])('refuses %j', async (overrides, message) => {
  const text = metadataText({ ...SOUND, ...overrides });
  await expectTraceError(() => parseMetadata(text), 'ERR_TRACE_FORMAT', message);
});

it('C10: notices counters that do not add up', () => {
  const check = (overrides: MetadataText) =>
    counterProblem(parseMetadata(metadataText({ ...SOUND, ...overrides })));
  expect(check({})).toBeUndefined();
  expect(check({ drained: '0' })).toMatch(/recorded must be .* = 9; got 10/);
  expect(check({ capacity: '3' })).toMatch(/retained must be at most the capacity, 3; got 4/);
  // As doubles these two sums would be equal.
  const most = '9007199254740991';
  expect(check({ recorded: most, dropped: most, drained: '0' })).toMatch(/recorded must be/);
});

it('C10: notices that events are missing', () => {
  const metadata = parseMetadata(metadataText(SOUND));
  expect(retainedProblem(metadata, 4)).toBeUndefined();
  expect(retainedProblem(metadata, 3)).toMatch(/retained must be the number of events, 3; got 4/);
});

it('C10: places events in wall time and back, exactly', () => {
  const { clock } = parseMetadata(metadataText(SOUND));
  expect(toWallNs(clock, 999_999_999n)).toBe(1_700_000_000_000_000_000n);
  expect(toSteadyNs(clock, 1_700_000_000_000_000_000n)).toBe(999_999_999n);
});
