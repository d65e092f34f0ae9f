import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Progress } from '../../src/cli/progress.js';
import { CaptureStream } from '../support/capture-io.js';

beforeEach(() => vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => vi.useRealTimers());

function start(isTTY: boolean) {
  const stderr = new CaptureStream();
  stderr.isTTY = isTTY;
  return {
    stderr,
    progress: new Progress({
      stdout: new CaptureStream(),
      stderr,
      stdin: () => process.stdin,
      env: {},
    }),
  };
}

it('shows on a terminal what takes long, now and then, and removes it', () => {
  const { stderr, progress } = start(true);
  progress.onProgress({ bytesRead: 1, bytesTotal: 8 });
  progress.clear();
  expect(stderr.text).toBe('');
  vi.advanceTimersByTime(500);
  progress.onProgress({ bytesRead: 1, bytesTotal: 8 });
  progress.onProgress({ bytesRead: 2, bytesTotal: 8 });
  vi.advanceTimersByTime(100);
  progress.onProgress({ bytesRead: 9, bytesTotal: 8 });
  progress.clear();
  progress.clear();
  expect(stderr.text.split('\r\u001b[K')).toEqual(['', 'reading 12 %', 'reading 100 %', '']);
});

it('is silent when nobody looks', () => {
  const { stderr, progress } = start(false);
  vi.advanceTimersByTime(10_000);
  progress.onProgress({ bytesRead: 1, bytesTotal: 8 });
  progress.clear();
  expect(stderr.text).toBe('');
});
