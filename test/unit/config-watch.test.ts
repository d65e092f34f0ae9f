import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConfigWatch } from '../../src/gate/config-watch.js';
import type { GateConfig } from '../../src/gate/gate-config.js';
import { HEAT_DEFAULTS, HeatMap } from '../../src/gate/heat-map.js';
import type { HubRequest } from '../../src/wire/hub-http.js';
import { randomFrom } from '../support/random.js';

const POLL_MAX_MS = 35_000;
const TIMEOUT_MS = 5_000;

/** A hub without a network: what its gate says, and how it may fail to. */
class FakeHub {
  heat = new HeatMap(
    HEAT_DEFAULTS,
    () => 0,
    () => Date.now(),
  );
  /** Undefined: it answers as a hub does. */
  fault: ((request: HubRequest) => Promise<{ status: number; text: string }>) | undefined;
  readonly questions: { ms: number; etag: string | undefined; status: number }[] = [];
  stream: PassThrough | undefined;

  readonly connection = {
    ask: async (_url: URL, request: HubRequest) => {
      const etag = request.headers['if-none-match'] as string | undefined;
      const { status, text } = (await this.fault?.(request)) ?? this.#answer(etag);
      this.questions.push({ ms: Date.now(), etag, status });
      return { status, text, retryAfterMs: undefined };
    },
    stream: async () => {
      if (this.fault !== undefined) throw new Error('no stream');
      this.stream = new PassThrough();
      return this.stream as never;
    },
    close: async () => {},
  };

  #answer(etag: string | undefined): { status: number; text: string } {
    const config = this.heat.config();
    return etag === `"${config.etag}"`
      ? { status: 304, text: '' }
      : { status: 200, text: config.text };
  }

  /** Another one in its place, which remembers nothing. */
  restart(): void {
    this.heat = new HeatMap(
      HEAT_DEFAULTS,
      () => 0,
      () => Date.now(),
    );
    this.stream?.destroy();
  }

  tell(spreadMs = 0): void {
    const data = JSON.stringify({ etag: this.heat.config().etag, spread_ms: spreadMs });
    this.stream?.write(`event: changed\ndata: ${data}\n\n`);
  }
}

let hub: FakeHub;
let told: (GateConfig | undefined)[];
let watch: ConfigWatch;

const hot = (): string[] | undefined => told.at(-1)?.hot.map(({ id }) => id);

beforeEach(async () => {
  vi.useFakeTimers();
  hub = new FakeHub();
  told = [];
  watch = new ConfigWatch(
    { url: 'http://127.0.0.1:1', key: 'k', run: 'r' },
    (config) => told.push(config),
    hub.connection,
  );
  await watch.start();
});

afterEach(async () => {
  await watch.close();
  vi.useRealTimers();
});

describe('ConfigWatch', () => {
  it('A5: asks every 25 to 35 s with what it knows, and is told nothing new by a 304', async () => {
    await vi.advanceTimersByTimeAsync(600_000);
    const { etag } = hub.heat.config();
    const gaps = hub.questions
      .slice(1)
      .map(({ ms }, index) => ms - (hub.questions[index]?.ms ?? 0));
    expect(gaps.length).toBeGreaterThanOrEqual(17);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(25_000);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(POLL_MAX_MS);
    expect(new Set(gaps).size, 'with jitter').toBeGreaterThan(10);
    expect(hub.questions.slice(1).every((q) => q.etag === `"${etag}"` && q.status === 304)).toBe(
      true,
    );
    expect(told).toHaveLength(1);
  });

  it('A5: hears of a change at once, and within a poll where the stream does not get through', async () => {
    hub.heat.heat('a', 'get', 'k');
    hub.tell();
    await vi.advanceTimersByTimeAsync(0);
    expect(hot()).toEqual(['a']);
    hub.heat.heat('b', 'get', 'k');
    await vi.advanceTimersByTimeAsync(POLL_MAX_MS);
    expect(hot()).toEqual(['a', 'b']);
  });

  it('spreads its question as the hub says', async () => {
    hub.heat.heat('a', 'get', 'k');
    const asked = hub.questions.length;
    hub.tell(500);
    await vi.advanceTimersByTimeAsync(500);
    expect(hub.questions).toHaveLength(asked + 1);
    expect(hot()).toEqual(['a']);
  });

  const faults: [string, FakeHub['fault']][] = [
    ['is down', () => Promise.reject(new Error('connect ECONNREFUSED'))],
    [
      'never answers',
      ({ timeoutMs }) =>
        new Promise((_, reject) => setTimeout(() => reject(new Error('too late')), timeoutMs)),
    ],
    ['answers 500', async () => ({ status: 500, text: '{}' })],
    ['answers 401', async () => ({ status: 401, text: '{}' })],
    ['answers what is no JSON', async () => ({ status: 200, text: '<html>' })],
    ['answers JSON of another shape', async () => ({ status: 200, text: '{"mode":"adaptive"}' })],
    ['answers null', async () => ({ status: 200, text: 'null' })],
    [
      'answers with too many ids',
      async () => {
        const ids = JSON.stringify(Array.from({ length: 100_001 }, (_, index) => `r${index}`));
        const text = `{"mode":"adaptive","default_rate":0,"warm_rate":0,"hot_correlations":${ids},"hot_since":[],"warm_correlations":[],"etag":"e"}`;
        return { status: 200, text };
      },
    ],
    [
      'answers with a rate of 7',
      async () => ({ status: 200, text: hub.heat.config().text.replace('0.1', '7') }),
    ],
  ];
  it.each(faults)(
    'A5: a hub that %s: nothing is open within a poll and its timeout; then all as before',
    async (_, fault) => {
      hub.heat.heat('a', 'get', 'k');
      hub.tell();
      await vi.advanceTimersByTimeAsync(0);
      expect(hot()).toEqual(['a']);
      hub.fault = fault;
      hub.stream?.destroy();
      await vi.advanceTimersByTimeAsync(POLL_MAX_MS + TIMEOUT_MS);
      expect(told.at(-1)).toBeUndefined();
      expect(told, 'said once').toHaveLength(3);
      hub.fault = undefined;
      // One may still wait for its answer.
      await vi.advanceTimersByTimeAsync(TIMEOUT_MS + POLL_MAX_MS);
      expect(hot()).toEqual(['a']);
    },
  );

  it('a stream of nonsense does no harm', async () => {
    for (const text of [
      'event: changed\ndata: {\n\n',
      'data: x\n\n',
      'event: changed\ndata: null\n\n',
      '\n\n\n',
    ]) {
      hub.stream?.write(text);
      await vi.advanceTimersByTimeAsync(10_000);
    }
    hub.heat.heat('a', 'get', 'k');
    hub.tell();
    await vi.advanceTimersByTimeAsync(1);
    expect(hot()).toEqual(['a']);
  });

  it('A2: 1 000 restarts of the hub: no 304 for a config that is another one', async () => {
    const random = randomFrom(1);
    for (let round = 0; round < 1_000; round++) {
      for (let id = 0; id < 3; id++)
        if (random() < 0.5) hub.heat.heat(`r${id}`, 'enable', `k${round}`);
      await watch.poll();
      const now = hub.heat.config();
      expect(told.at(-1)?.etag).toBe(now.etag);
      hub.restart();
      await watch.poll();
      expect(told.at(-1)?.etag).toBe(hub.heat.config().etag);
      expect(hot()).toEqual([]);
      await vi.advanceTimersByTimeAsync(1);
    }
  });

  it('after close() it asks nothing more', async () => {
    await watch.close();
    const asked = hub.questions.length;
    await vi.advanceTimersByTimeAsync(300_000);
    expect(hub.questions).toHaveLength(asked);
  });
});
