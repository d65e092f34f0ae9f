import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect, it } from 'vitest';
import { eventBytes, TailClient } from '../../src/hub/tail-client.js';

/** A response whose reader may stop reading. */
class FakeResponse extends EventEmitter {
  text = '';
  isFull = false;
  writableEnded = false;
  writableLength = 0;
  destroyed = false;

  writeHead(): void {}

  write(bytes: Buffer | string): boolean {
    this.text += bytes;
    return !this.isFull;
  }

  end(): void {
    this.writableEnded = true;
  }

  destroy(): void {
    this.destroyed = true;
  }

  /** What was written since the last time. */
  take(): string {
    const { text } = this;
    this.text = '';
    return text;
  }
}

function open(): { response: FakeResponse; client: TailClient; pass: (ms: number) => void } {
  let now = 0;
  const response = new FakeResponse();
  const client = new TailClient(response as unknown as ServerResponse, () => now);
  expect(response.take()).toBe('retry: 2000\n\n');
  const pass = (ms: number) => {
    now += ms;
  };
  return { response, client, pass };
}

it('an event is its id and one line of data', () => {
  const { response, client } = open();
  client.send(eventBytes('{"a":1}', 'x.1'));
  expect(response.take()).toBe('id: x.1\ndata: {"a":1}\n\n');
});

it('who does not read has 2 MB waiting at most, and is told how many are missing', () => {
  const { response, client, pass } = open();
  response.isFull = true;
  const kilobyte = 'x'.repeat(1_000);
  const sent = 5_000;
  for (let index = 0; index < sent; index++) {
    if (index % 500 === 0) pass(1_000);
    client.send(eventBytes(kilobyte, `x.${index}`));
    expect(client.queuedBytes).toBeLessThanOrEqual(2 * 2 ** 20);
  }
  response.take();
  response.isFull = false;
  response.emit('drain');
  const text = response.take();
  const got = text.split('data: xxx').length - 1;
  const [, missed] = /^event: gap\ndata: {"missed":(\d+)}\n\n/.exec(text) ?? [];
  expect(got).toBeGreaterThan(1_000);
  // The first one went out before the client was found to be full.
  expect(Number(missed) + got + 1).toBe(sent);
  expect(text).toContain(`id: x.${sent - 1}\n`);
});

it('at most a thousand a second, and the rest is a gap before what comes next', () => {
  const { response, client, pass } = open();
  for (let index = 0; index < 1_500; index++) client.send(eventBytes('x'));
  expect(response.take().split('data: x').length - 1).toBe(1_000);
  pass(1_000);
  client.send(eventBytes('y'));
  expect(response.take()).toBe('event: gap\ndata: {"missed":500}\n\ndata: y\n\n');
});

it('a gap is said within a tick when nothing follows, and silence is broken every 15 s', () => {
  const { response, client, pass } = open();
  client.miss(3);
  expect(client.tick()).toBe(true);
  expect(response.take()).toBe('event: gap\ndata: {"missed":3}\n\n');
  pass(14_999);
  client.tick();
  expect(response.take()).toBe('');
  pass(1);
  client.tick();
  expect(response.take()).toBe(':\n\n');
});

it('a client that stalls for 30 s is given up, one that reads again is not', () => {
  const { response, client, pass } = open();
  response.isFull = true;
  client.send(eventBytes('x'));
  pass(29_999);
  expect(client.tick()).toBe(true);
  pass(1);
  expect(client.tick()).toBe(false);
  response.emit('drain');
  expect(client.tick()).toBe(true);
});

it('the end is said to who reads, and who does not is let go', () => {
  const reading = open();
  reading.client.end('the hub ends');
  expect(reading.response.take()).toBe('event: end\ndata: {"reason":"the hub ends"}\n\n');
  expect(reading.response).toMatchObject({ writableEnded: true, destroyed: false });
  const stalled = open();
  stalled.response.isFull = true;
  stalled.client.send(eventBytes('x'));
  stalled.client.end('the hub ends');
  expect(stalled.response.destroyed).toBe(true);
});
