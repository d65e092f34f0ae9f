import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, symlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { readExport, readExportMetadata } from '../../src/export/read-export.js';
import { collect, expectTraceError } from '../support/collect.js';
import { anyEvent, comparable } from '../support/random-event.js';
import { formatExport, makeEvent, makeTestFolder } from '../support/write-export.js';

const folder = makeTestFolder();
afterAll(folder.remove);

const events = [
  makeEvent({ timestampNs: 2n ** 53n + 1n, durationNs: -1n }),
  makeEvent({ timestampNs: 2n ** 63n - 1n, durationNs: -(2n ** 63n), rationale: 'größer 𝄞' }),
];

it('C11: reads back what was written, int64 exactly', async () => {
  const file = folder.write('a.json', formatExport(events));
  expect(await collect(readExport(file))).toEqual(events);
  expect((await readExportMetadata(file)).retained).toBe(2);
});

it('C11: reads back any events', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyEvent, { maxLength: 5 }), async (written) => {
      const file = folder.write('random.json', formatExport(written));
      const read = await collect(readExport(file));
      expect(read.map(comparable)).toEqual(written.map(comparable));
    }),
    { numRuns: 200 },
  );
});

it('reads events that lie across chunks of the file', async () => {
  const many = Array.from({ length: 4_000 }, (_, index) =>
    makeEvent({ timestampNs: BigInt(index), rationale: 'ü'.repeat(index % 300) }),
  );
  const file = folder.write('many.json', formatExport(many));
  const seen: number[] = [];
  const read = await collect(
    readExport(file, {
      onProgress: ({ bytesRead, bytesTotal }) => seen.push(bytesRead / bytesTotal),
    }),
  );
  expect(read).toEqual(many);
  expect(seen.length).toBeGreaterThan(3);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  expect(seen.at(-1)).toBe(1);
});

it('finds metadata behind the events', async () => {
  const { metadata, events: list } = JSON.parse(formatExport([makeEvent()])) as Record<
    string,
    unknown
  >;
  const file = folder.write('swapped.json', JSON.stringify({ events: list, metadata }));
  expect((await readExportMetadata(file)).pid).toBe(123);
  expect(await collect(readExport(file))).toEqual([makeEvent()]);
});

it('lets go of the file when the consumer stops early', async () => {
  const file = folder.write('early.json', formatExport(events));
  for await (const event of readExport(file)) {
    expect(event).toEqual(events[0]);
    break;
  }
  if (process.platform === 'linux') {
    const open = execFileSync('ls', ['-l', `/proc/${process.pid}/fd`]).toString();
    expect(open).not.toContain('early.json');
  }
});

it('stops when asked to', async () => {
  const file = folder.write('stop.json', formatExport(events));
  const signal = AbortSignal.abort(new Error('enough'));
  const error = await expectTraceError(
    () => collect(readExport(file, { signal })),
    'ERR_TRACE_CANCELLED',
    /stop.json was stopped by the caller/,
  );
  expect((error.cause as Error).message).toBe('enough');
});

describe('ERR_TRACE_FORMAT', () => {
  it.each([
    ['an empty file', '', /byte 0: expected '\{' opening the document; got the end of the file/],
    ['another version', formatExport(events, { format_version: '2' }), /metadata.format_version/],
    ['another format', formatExport(events, { format: '"x"' }), /metadata.format must be/],
    ['counters that disagree', formatExport(events, { dropped: '1' }), /recorded must be/],
    [
      'events that are missing',
      formatExport(events, { recorded: '3', retained: '3' }),
      /events, 2; got 3/,
    ],
    [
      'a bad event',
      formatExport(events).replace('"severity":"Info"', '"severity":"Inf0"'),
      /event 0 at byte \d+: severity/,
    ],
    ['two documents', formatExport(events).repeat(2), /expected the end of the file; got '\{'/],
  ])('%s', async (_, content, message) => {
    const file = folder.write('bad.json', content);
    const error = await expectTraceError(
      () => collect(readExport(file)),
      'ERR_TRACE_FORMAT',
      message,
    );
    expect(error.message).toContain(file);
  });

  it('the second event being bad, after returning the first', async () => {
    const file = folder.write('second.json', formatExport(events).replace('größer', '\u0001'));
    const reader = readExport(file);
    expect((await reader.next()).value).toEqual(events[0]);
    await expectTraceError(() => reader.next(), 'ERR_TRACE_FORMAT', /event 1 at byte \d+/);
  });

  it('a lost comma, after returning what stands before it', async () => {
    const file = folder.write('comma.json', formatExport(events).replace('},\n{', '}\n{'));
    const reader = readExport(file);
    expect((await reader.next()).value).toEqual(events[0]);
    await expectTraceError(
      () => reader.next(),
      'ERR_TRACE_FORMAT',
      /expected ',' or '\]'; got '\{'/,
    );
  });

  it.each([
    ['zeros', ''],
    ['an endless metadata', '{"metadata": {"a":"'],
    ['an endless event', formatExport([]).replace(/\n\]\}\n$/, '{"event_id":"')],
  ])('1 GB of %s, without reading it all', async (_, head) => {
    const file = join(folder.path, 'huge.json');
    const descriptor = openSync(file, 'w');
    writeSync(descriptor, head);
    ftruncateSync(descriptor, 2 ** 30);
    closeSync(descriptor);
    let bytes = 0;
    const onProgress = ({ bytesRead }: { bytesRead: number }) => {
      bytes = bytesRead;
    };
    await expectTraceError(
      () => collect(readExport(file, { onProgress })),
      'ERR_TRACE_FORMAT',
      /expected/,
    );
    expect(bytes).toBeLessThan(2 * 1024 * 1024);
  });
});

describe('ERR_TRACE_FILE', () => {
  it.each([
    ['a file that does not exist', () => join(folder.path, 'none.json'), /ENOENT/],
    ['a folder', () => folder.path, /must be a regular file; got a directory/],
    ['a path with NUL', () => 'a\0b', /could not be opened/],
    ['a device', () => '/dev/null', /got a device, pipe or socket/],
  ])('%s', async (_, path, message) => {
    for (const read of [() => collect(readExport(path())), () => readExportMetadata(path())]) {
      const error = await expectTraceError(read, 'ERR_TRACE_FILE', message);
      expect(error.cause).toBeInstanceOf(Error);
    }
  });

  it.skipIf(process.platform === 'win32')('a pipe that nobody writes to, at once', async () => {
    const fifo = join(folder.path, 'fifo');
    execFileSync('mkfifo', [fifo]);
    await expectTraceError(() => collect(readExport(fifo)), 'ERR_TRACE_FILE', /pipe/);
  });

  it('a link that leads nowhere', async () => {
    const link = join(folder.path, 'link');
    symlinkSync(join(folder.path, 'nowhere'), link);
    await expectTraceError(() => collect(readExport(link)), 'ERR_TRACE_FILE', /ENOENT/);
  });
});

it.each(['', 7, undefined])('refuses the path %j', async (path) => {
  const read = () => collect(readExport(path as string));
  await expectTraceError(read, 'ERR_TRACE_OPTION', /path must be a non-empty string/);
});
