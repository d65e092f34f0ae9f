import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { isClosedPipe, Output } from '../../src/cli/output.js';
import { CaptureStream } from '../support/capture-io.js';

it('writes lines in batches', async () => {
  const stream = new CaptureStream();
  const out = new Output(stream);
  await out.line('a');
  expect(stream.text).toBe('');
  await out.line('b'.repeat(70_000));
  expect(stream.text).toHaveLength(70_003);
  await out.line('c');
  await out.flush();
  await out.flush();
  expect(stream.text.slice(-4)).toBe('b\nc\n');
});

it('waits for a slow stream', async () => {
  let release = (): void => {};
  const slow = new Writable({
    write: (_chunk, _encoding, done) => {
      release = done;
    },
  });
  let written = false;
  const line = new Output(slow).line('x'.repeat(70_000)).then(() => {
    written = true;
  });
  await new Promise(setImmediate);
  expect(written).toBe(false);
  release();
  await line;
  expect(written).toBe(true);
});

it('reports what the stream reports, and knows a closed pipe', async () => {
  const failing = (code: string) =>
    new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })),
    });
  for (const [code, closed] of [
    ['EPIPE', true],
    ['ENOSPC', false],
  ] as const) {
    const out = new Output(failing(code));
    await out.line('x');
    const error = await out.flush().then(
      () => undefined,
      (caught: unknown) => caught,
    );
    expect(error).toMatchObject({ code });
    expect(isClosedPipe(error)).toBe(closed);
  }
  expect(isClosedPipe(undefined)).toBe(false);
});
