import { expect } from 'vitest';
import { TraceError, type TraceErrorCode } from '../../src/errors.js';

/** All that an iterable gives. */
export async function collect<T>(source: AsyncIterable<T> | Iterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

/** Expects a failure with this code, whose message matches, and returns it. */
export async function expectTraceError(
  action: () => unknown,
  code: TraceErrorCode,
  message: RegExp,
): Promise<TraceError> {
  let error: unknown;
  try {
    await action();
  } catch (caught) {
    error = caught;
  }
  expect(error).toBeInstanceOf(TraceError);
  expect((error as TraceError).code).toBe(code);
  expect((error as TraceError).message).toMatch(message);
  return error as TraceError;
}
