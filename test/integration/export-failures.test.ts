// A failed export leaves no partial file, and what stood at its place as it was.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ExportProgress } from '../../src/collector/export-job.js';
import { TraceCollector } from '../../src/collector/trace-collector.js';
import { runProcess } from '../support/child.js';
import { expectTraceError } from '../support/collect.js';
import { readEvents } from '../support/json-export.js';
import { mountSmallDisk } from '../support/small-disk.js';
import { makeTestFolder, type TestFolder } from '../support/write-export.js';

const EVENTS = 100_000;
let collector: TraceCollector;
let folder: TestFolder;

beforeAll(() => {
  collector = new TraceCollector({ capacity: EVENTS });
  for (let i = 0; i < EVENTS; i++) collector.recordNow('t', 'c', `event ${i}`);
});
afterAll(() => collector.close());
beforeEach(() => {
  folder = makeTestFolder();
});
afterEach(() => folder.remove());

const inFolder = (...parts: string[]) => join(folder.path, ...parts);
const names = (path = folder.path) => readdirSync(path).toSorted();

describe('C9: is refused, and nothing is left behind:', () => {
  it('a folder that does not exist', async () => {
    const path = inFolder('none', 'trace.json');
    const message = /cannot export to .*none\/trace.json: .*No such file or directory/;
    await expectTraceError(() => collector.exportJson(path), 'ERR_TRACE_EXPORT', message);
    expect(names()).toEqual([]);
  });

  it('a folder that is a file', async () => {
    folder.write('file', 'old');
    const path = inFolder('file', 'trace.json');
    await expectTraceError(() => collector.exportJson(path), 'ERR_TRACE_EXPORT', /Not a directory/);
    expect(names()).toEqual(['file']);
  });

  it('a directory', async () => {
    mkdirSync(inFolder('directory'));
    const message = /expected a regular file or nothing there/;
    for (const path of [inFolder('directory'), inFolder('directory', '.')]) {
      await expectTraceError(() => collector.exportJson(path), 'ERR_TRACE_EXPORT', message);
    }
    const named = () => collector.exportJson(`${inFolder('directory')}/`);
    await expectTraceError(named, 'ERR_TRACE_EXPORT', /the path must name a file/);
    expect([names(), names(inFolder('directory'))]).toEqual([['directory'], []]);
  });

  it('a read-only file', async () => {
    const path = folder.write('trace.json', 'old');
    chmodSync(path, 0o444);
    const action = () => collector.exportJson(path);
    await expectTraceError(action, 'ERR_TRACE_EXPORT', /trace.json: the file is read-only/);
    expect([names(), readFileSync(path, 'utf8')]).toEqual([['trace.json'], 'old']);
    expect(statSync(path).mode & 0o777).toBe(0o444);
  });

  it('a symbolic link, also one that leads nowhere', async () => {
    const target = folder.write('target.json', 'old');
    symlinkSync(target, inFolder('link.json'));
    symlinkSync(inFolder('nowhere'), inFolder('broken.json'));
    for (const name of ['link.json', 'broken.json']) {
      const action = () => collector.exportJson(inFolder(name));
      await expectTraceError(action, 'ERR_TRACE_EXPORT', /nothing there; got a link/);
    }
    expect(names()).toEqual(['broken.json', 'link.json', 'target.json']);
    expect(readFileSync(target, 'utf8')).toBe('old');
  });

  it('a device and a pipe', async () => {
    execFileSync('mkfifo', [inFolder('pipe')]);
    for (const path of ['/dev/full', inFolder('pipe')]) {
      const action = () => collector.exportJson(path);
      await expectTraceError(action, 'ERR_TRACE_EXPORT', /expected a regular file/);
    }
    expect(names()).toEqual(['pipe']);
  });

  it('a name that is too long', async () => {
    const action = () => collector.exportJson(inFolder('x'.repeat(300)));
    await expectTraceError(action, 'ERR_TRACE_EXPORT', /File name too long/);
    expect(names()).toEqual([]);
  });
});

describe('C9: fails on the way', () => {
  it('when the file grows beyond what the process may write', async () => {
    const path = folder.write('trace.json', 'old');
    const script = fileURLToPath(new URL('../support/export-in-child.mjs', import.meta.url));
    // With the signal ignored, write(2) fails instead, as it does on a full disk. 200 KiB: less
    // than the export and less than one of its writes.
    const limited = `trap '' XFSZ; ulimit -f $((200 * 1024 / 512)); exec "$0" "$@"`;
    const end = await runProcess('sh', ['-c', limited, process.execPath, script, path]);
    expect(end).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(JSON.parse(end.stdout)).toEqual({
      name: 'TraceError',
      code: 'ERR_TRACE_EXPORT',
      message: `cannot export to ${path}: write: File too large`,
      size: 5_000,
    });
    expect([names(), readFileSync(path, 'utf8')]).toEqual([['trace.json'], 'old']);
  });

  it('when the disk is full, and works again when there is room', async (context) => {
    const disk = inFolder('disk');
    const unmount = mountSmallDisk(context, disk, 256 * 1024);
    try {
      const path = join(disk, 'trace.json');
      const action = () => collector.exportJson(path);
      await expectTraceError(action, 'ERR_TRACE_EXPORT', /write: No space left on device/);
      expect(names(disk)).toEqual([]);

      const small = new TraceCollector({ capacity: 10 });
      small.recordNow('t', 'c', 'kept');
      await small.exportJson(path);
      const before = readFileSync(path, 'utf8');
      await expectTraceError(action, 'ERR_TRACE_EXPORT', /write: No space left on device/);
      expect([names(disk), readFileSync(path, 'utf8')]).toEqual([['trace.json'], before]);
      small.close();
    } finally {
      unmount();
    }
  });

  it('when it is aborted', async () => {
    let error: unknown;
    // On a busy machine an export may be complete before this thread comes to abort it.
    for (let attempt = 0; attempt < 20 && error === undefined; attempt++) {
      const path = folder.write('trace.json', 'old');
      const controller = new AbortController();
      const running = collector.exportJson(path, { signal: controller.signal });
      controller.abort(new Error('mine'));
      error = await running.then(
        () => undefined,
        (reason: unknown) => reason,
      );
    }
    expect(error).toMatchObject({ code: 'ERR_TRACE_CANCELLED', cause: new Error('mine') });
    expect((error as Error).message).toContain('trace.json');
    expect([names(), readFileSync(inFolder('trace.json'), 'utf8')]).toEqual([
      ['trace.json'],
      'old',
    ]);
  });

  it('when it was aborted before', async () => {
    const signal = AbortSignal.abort();
    const action = () => collector.exportJson(inFolder('trace.json'), { signal });
    await expectTraceError(action, 'ERR_TRACE_CANCELLED', /trace.json was stopped by the caller/);
    expect(names()).toEqual([]);
  });

  it('never with a partial file when onProgress throws', async () => {
    const path = inFolder('trace.json');
    const failure = new Error('mine');
    const onProgress = () => {
      throw failure;
    };
    await expect(collector.exportJson(path, { onProgress })).rejects.toBe(failure);
    // It may have thrown when the file was already in place; then the file is complete.
    expect(names()).toEqual(existsSync(path) ? ['trace.json'] : []);
    if (existsSync(path)) expect(await readEvents(path)).toHaveLength(EVENTS);
  });
});

describe('C9: succeeds', () => {
  it('with a last report that names every event', async () => {
    const seen: ExportProgress[] = [];
    const onProgress = (progress: ExportProgress) => void seen.push(progress);
    await collector.exportJson(inFolder('trace.json'), { onProgress });
    expect(seen.at(-1)).toEqual({ eventsWritten: EVENTS, eventsTotal: EVENTS });
    for (const { eventsWritten } of seen) expect(eventsWritten).toBeLessThanOrEqual(EVENTS);
  });

  it('replacing a file without touching what else links to it', async () => {
    const path = folder.write('trace.json', 'old');
    linkSync(path, inFolder('backup.json'));
    await collector.exportJson(path);
    expect(readFileSync(inFolder('backup.json'), 'utf8')).toBe('old');
    expect(await readEvents(path)).toHaveLength(EVENTS);
  });

  it('many at once to one file, which is always a complete one', async () => {
    const path = inFolder('trace.json');
    await Promise.all(Array.from({ length: 6 }, () => collector.exportJson(path)));
    expect(names()).toEqual(['trace.json']);
    expect(await readEvents(path)).toHaveLength(EVENTS);
  });

  it('when the collector is closed on the way', async () => {
    const second = TraceCollector.attach(collector.share());
    const running = second.exportJson(inFolder('trace.json'));
    second.close();
    expect(await running).toEqual({ events: EVENTS });
  });

  it.each(['a b.json', 'é😀.json', '\'quoted"\n.json', '-rf'])(
    'to a file named %j',
    async (name) => {
      await collector.exportJson(inFolder(name));
      expect(names()).toEqual([name]);
    },
  );
});
