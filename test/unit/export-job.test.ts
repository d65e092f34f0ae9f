import { setImmediate as turn } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { NativeCollector } from '../../src/collector/binding.js';
import { type ExportProgress, runExport } from '../../src/collector/export-job.js';
import { TraceError } from '../../src/errors.js';
import { expectTraceError } from '../support/collect.js';

/** An export that the test carries out: the native side of jobs.hpp. */
class FakeNative {
  path = '';
  control: Int32Array = new Int32Array(3);
  finish: (events: number) => void = () => {};
  fail: (error: unknown) => void = () => {};
  readonly collector = {
    exportJson: (path: string, control: Int32Array) => {
      this.path = path;
      this.control = control;
      return new Promise<number>((resolve, reject) => {
        this.finish = resolve;
        this.fail = reject;
      });
    },
  } as NativeCollector;

  progress(written: number, total: number): void {
    this.control.set([written, total]);
  }
  get cancelled(): boolean {
    return this.control[2] === 1;
  }
}

let native: FakeNative;
beforeEach(() => {
  native = new FakeNative();
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const cancelled = () => new TraceError('ERR_TRACE_CANCELLED', 'the export was cancelled');

it('C9: resolves to the number of events in the file', async () => {
  const running = runExport(native.collector, 'trace.json', {});
  native.finish(7);
  expect(await running).toEqual({ events: 7 });
  expect(native.path).toBe('trace.json');
});

it('C9: takes a file: URL', async () => {
  const running = runExport(native.collector, pathToFileURL('/tmp/a b.json'), {});
  native.finish(0);
  await running;
  expect(native.path).toBe('/tmp/a b.json');
});

it('C9: passes on what native code rejects with', async () => {
  const running = runExport(native.collector, 'trace.json', {});
  const failure = new TraceError('ERR_TRACE_EXPORT', 'no room');
  native.fail(failure);
  await expect(running).rejects.toBe(failure);
});

describe('onProgress', () => {
  it('is called as time passes and once at the end', async () => {
    const seen: ExportProgress[] = [];
    const onProgress = (progress: ExportProgress) => void seen.push(progress);
    const running = runExport(native.collector, 'trace.json', { onProgress });
    native.progress(512, 2_000);
    vi.advanceTimersByTime(100);
    native.progress(1_024, 2_000);
    vi.advanceTimersByTime(100);
    native.progress(2_000, 2_000);
    native.finish(2_000);
    await running;
    expect(seen).toEqual([
      { eventsWritten: 512, eventsTotal: 2_000 },
      { eventsWritten: 1_024, eventsTotal: 2_000 },
      { eventsWritten: 2_000, eventsTotal: 2_000 },
    ]);
  });

  it('is called no more when the export failed', async () => {
    const onProgress = vi.fn();
    const running = runExport(native.collector, 'trace.json', { onProgress });
    native.fail(new TraceError('ERR_TRACE_EXPORT', 'no room'));
    await expect(running).rejects.toThrow('no room');
    expect(onProgress).not.toHaveBeenCalled();
  });

  it('that throws stops the export, which rejects with its first error', async () => {
    let calls = 0;
    const onProgress = () => {
      throw new Error(`mine ${++calls}`);
    };
    const running = runExport(native.collector, 'trace.json', { onProgress });
    vi.advanceTimersByTime(100);
    expect(native.cancelled).toBe(true);
    vi.advanceTimersByTime(100);
    native.fail(cancelled());
    await expect(running).rejects.toThrow('mine 1');
  });
});

describe('signal', () => {
  it('aborted before: fails with its reason as the cause and starts nothing', async () => {
    const exportJson = vi.spyOn(native.collector, 'exportJson');
    const signal = AbortSignal.abort('mine');
    const action = () => runExport(native.collector, 'trace.json', { signal });
    const error = await expectTraceError(
      action,
      'ERR_TRACE_CANCELLED',
      /to trace.json was stopped/,
    );
    expect(error.cause).toBe('mine');
    expect(exportJson).not.toHaveBeenCalled();
  });

  it('aborted on the way: cancels and fails with its reason as the cause', async () => {
    const controller = new AbortController();
    const running = runExport(native.collector, 'trace.json', { signal: controller.signal });
    expect(native.cancelled).toBe(false);
    controller.abort();
    expect(native.cancelled).toBe(true);
    native.fail(cancelled());
    const error = await expectTraceError(() => running, 'ERR_TRACE_CANCELLED', /was stopped by/);
    expect(error.cause).toHaveProperty('name', 'AbortError');
  });

  it('aborted when the file is already in place: resolves', async () => {
    const controller = new AbortController();
    const running = runExport(native.collector, 'trace.json', { signal: controller.signal });
    controller.abort();
    native.finish(3);
    expect(await running).toEqual({ events: 3 });
  });

  it('does not hide another failure', async () => {
    const controller = new AbortController();
    const running = runExport(native.collector, 'trace.json', { signal: controller.signal });
    controller.abort();
    native.fail(new TraceError('ERR_TRACE_EXPORT', 'no room'));
    await expectTraceError(() => running, 'ERR_TRACE_EXPORT', /no room/);
  });

  it('is let go of at the end', async () => {
    const controller = new AbortController();
    const add = vi.spyOn(controller.signal, 'addEventListener');
    const remove = vi.spyOn(controller.signal, 'removeEventListener');
    const running = runExport(native.collector, 'trace.json', { signal: controller.signal });
    native.finish(0);
    await running;
    expect(remove.mock.calls[0]?.slice(0, 2)).toEqual(add.mock.calls[0]?.slice(0, 2));
  });
});

describe('refuses', () => {
  it.each([
    ['no path', undefined, /path must be a non-empty string or a file: URL; got undefined/],
    ['an empty path', '', /path .*; got ""/],
    ['a path with NUL', 'a\0b', /path .*; got "a\\u0000b"/],
    ['a path that is a number', 1, /path .*; got 1/],
    ['a Buffer', Buffer.from('a'), /path .*; got an object/],
    ['an URL that is no file', new URL('https://example.org/a'), /path .*; got an object/],
    ['a file on another host', new URL('file://example.org/a'), /path .*; got an object/],
    ['a file: URL with NUL', new URL('file:///a%00b'), /path .*; got an object/],
  ])('%s', async (_, path, message) => {
    const action = () => runExport(native.collector, path as string, {});
    await expectTraceError(action, 'ERR_TRACE_OPTION', message);
  });

  it.each([
    ['onProgress', { onProgress: 5 }, /onProgress must be a function; got 5/],
    ['signal', { signal: {} }, /signal must be an AbortSignal; got an object/],
  ])('an %s that is none', async (_, options, message) => {
    const action = () => runExport(native.collector, 'trace.json', options as never);
    await expectTraceError(action, 'ERR_TRACE_OPTION', message);
    await turn();
    expect(native.path).toBe('');
  });
});
