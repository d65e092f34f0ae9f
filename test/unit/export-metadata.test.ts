import { expect, it } from 'vitest';
import {
  counterProblem,
  parseMetadata,
  retainedProblem,
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
    // Of an export of an earlier release, which has no list.
    anchors: [{ steadyNs: 1_000_000_000n, wallNs: 1_700_000_000_000_000_001n }],
  });
});

it('reads the anchors of a run whose clock was set, exactly, and the id of the run', () => {
  const anchors =
    '[{"steady_ns":-5,"wall_ns":1700000000000000001},{"steady_ns":7,"wall_ns":1700025200000000003}]';
  const run_id = '"01234567-89ab-4def-8123-456789abcdef"';
  expect(parseMetadata(metadataText({ ...SOUND, anchors, run_id }))).toMatchObject({
    runId: '01234567-89ab-4def-8123-456789abcdef',
    clock: { steadyNs: 1_000_000_000n, wallNs: 1_700_000_000_000_000_001n },
    anchors: [
      { steadyNs: -5n, wallNs: 1_700_000_000_000_000_001n },
      { steadyNs: 7n, wallNs: 1_700_025_200_000_000_003n },
    ],
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
  [{ anchors: '[]' }, /metadata.anchors must be a list in order of steady_ns, of one at least/],
  [{ anchors: '{}' }, /metadata.anchors must be a list/],
  [{ anchors: '[{"steady_ns":1}]' }, /metadata.anchors.0.wall_ns must be an integer of 64 bits/],
  [
    { anchors: '[{"steady_ns":2,"wall_ns":1},{"steady_ns":1,"wall_ns":2}]' },
    /metadata.anchors must be a list in order of steady_ns/,
  ],
  [{ run_id: '"7"' }, /metadata.run_id must be a UUID; got "7"/],
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
