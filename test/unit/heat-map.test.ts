import { describe, expect, it } from 'vitest';
import { parseGateConfig } from '../../src/gate/gate-config.js';
import { HEAT_CAUSES, HEAT_DEFAULTS, HeatMap, type HeatOptions } from '../../src/gate/heat-map.js';
import { randomFrom } from '../support/random.js';

const TICK_MS = 10_000;

/** A map with a clock in hand. */
class Machine {
  nowMs = 0;
  readonly map: HeatMap;

  constructor(options: Partial<HeatOptions> = {}) {
    this.map = new HeatMap(
      { ...HEAT_DEFAULTS, ...options },
      () => this.nowMs,
      () => 1e12 + this.nowMs,
    );
  }

  /** Goes on, with a tick every ten seconds. */
  pass(ms: number): void {
    const end = this.nowMs + ms;
    while (Math.floor(end / TICK_MS) > Math.floor(this.nowMs / TICK_MS)) {
      this.nowMs = (Math.floor(this.nowMs / TICK_MS) + 1) * TICK_MS;
      this.map.tick();
    }
    this.nowMs = end;
  }

  config() {
    return parseGateConfig(this.map.config().text);
  }
}

describe('HeatMap', () => {
  it('takes over what others have made of requests, for as long as it holds there', () => {
    const machine = new Machine({ hotMax: 3 });
    machine.map.heat('own', 'get', 'k');
    machine.map.heat('shut', 'get', 'k');
    const cause = 'alert';
    machine.map.adopt([
      { id: 'long', state: 'HOT', cause, since: 5, remainingMs: 200_000 },
      { id: 'short', state: 'HOT', cause, since: 6, remainingMs: 10_000 },
      { id: 'warm', state: 'HOT', cause, since: 7, remainingMs: -400_000 },
      { id: 'over', state: 'HOT', cause, since: 8, remainingMs: -1_600_000 },
      { id: 'shut', state: 'COLD', cause, since: 0, remainingMs: 60_000 },
    ]);
    expect(machine.config()).toMatchObject({
      hot: [
        { id: 'long', since: 5 },
        { id: 'own', since: 1e12 },
        { id: 'short', since: 6 },
      ],
      warm: ['warm'],
    });
    // Whatever the order in which they came, each ends when it is due.
    machine.pass(20_000);
    expect(machine.map.stateOf('short')).toBe('WARM');
    machine.pass(190_000);
    expect(machine.map.stateOf('long')).toBe('WARM');
    expect(machine.map.stateOf('own')).toBe('HOT');
    expect(machine.map.find('own')).toMatchObject({ state: 'HOT', since: 1e12 });
    expect(machine.map.find('over')).toBeUndefined();
    // A later one of its own has a later name.
    machine.map.adopt([{ id: 'b', state: 'HOT', cause, since: 2e12, remainingMs: 1_000 }]);
    machine.map.heat('c', 'get', 'k');
    expect(machine.map.sinceOf('c')).toBe(2e12 + 1);
  });

  it('A1: HOT for 300 s, WARM for 1 500 s at a rate of 0.1, then COLD', () => {
    const machine = new Machine();
    expect(machine.map.stateOf('a')).toBe('COLD');
    expect(machine.map.heat('a', 'get', 'k')).toEqual({ previous: 'COLD', current: 'HOT' });
    machine.pass(299_000);
    expect(machine.map.stateOf('a')).toBe('HOT');
    machine.pass(2_000);
    expect(machine.map.stateOf('a')).toBe('WARM');
    expect(machine.config()).toMatchObject({ hot: [], warm: ['a'], warmRate: 0.1, defaultRate: 0 });
    machine.pass(1_490_000);
    expect(machine.map.stateOf('a')).toBe('WARM');
    machine.pass(20_000);
    expect(machine.map.stateOf('a')).toBe('COLD');
    expect(machine.config()).toMatchObject({ hot: [], warm: [] });
  });

  it('A4: being looked at again keeps a request HOT and changes nothing that is told', () => {
    const machine = new Machine();
    machine.map.heat('a', 'get', 'k');
    const before = machine.map.config();
    machine.pass(200_000);
    expect(machine.map.heat('a', 'get', 'k')).toEqual({ previous: 'HOT', current: 'HOT' });
    expect(machine.map.config()).toBe(before);
    machine.pass(250_000);
    expect(machine.map.stateOf('a')).toBe('HOT');
  });

  it('names each time of being hot, also two within one millisecond', () => {
    const machine = new Machine();
    const since = [1, 2, 3].map(() => {
      machine.map.heat('a', 'enable', 'k');
      const named = machine.map.sinceOf('a');
      expect(machine.map.cool('a')).toBe('HOT');
      return named;
    });
    expect(new Set(since).size).toBe(3);
    expect(machine.map.sinceOf('a')).toBeUndefined();
  });

  it('A2: the etag is a hash of the content, whatever the way to it', () => {
    const [first, second] = [new Machine(), new Machine()];
    first.map.heat('a', 'get', 'k');
    first.pass(1);
    first.map.heat('b', 'get', 'k');
    second.map.heat('a', 'get', 'other');
    second.pass(1);
    second.map.heat('b', 'error', 'run');
    second.pass(1);
    second.map.heat('a', 'get', 'other');
    expect(second.map.config()).toEqual(first.map.config());
    second.map.heat('c', 'get', 'other');
    expect(second.map.config().etag).not.toBe(first.map.config().etag);
  });

  it('bounds what a key opens in a minute, and what errors open in a second, apart', () => {
    const machine = new Machine({ heatsPerMinute: 3, errorHeatsPerSecond: 2 });
    const heat = (id: string, by = 'k') => machine.map.heat(id, 'get', by);
    for (const id of ['a', 'b', 'c']) expect(heat(id).current).toBe('HOT');
    machine.pass(1_000);
    expect(heat('d')).toEqual({ previous: 'COLD', current: 'COLD', retryAfterMs: 59_000 });
    expect(heat('a'), 'costs no budget').toEqual({ previous: 'HOT', current: 'HOT' });
    expect(heat('d', 'another').current).toBe('HOT');
    const errors = ['x', 'y', 'z'].map((id) => machine.map.heat(id, 'error', 'run').current);
    expect(errors).toEqual(['HOT', 'HOT', 'COLD']);
    machine.pass(59_000);
    expect(heat('e').current).toBe('HOT');
  });

  it('when it is full the oldest request of an error goes, before any that somebody looks at', () => {
    const machine = new Machine({ hotMax: 3 });
    const heat = (id: string, cause: (typeof HEAT_CAUSES)[number]) => {
      machine.map.heat(id, cause, 'k');
      machine.pass(1);
    };
    heat('a', 'get');
    heat('b', 'error');
    heat('c', 'error');
    heat('d', 'get');
    expect(['a', 'b', 'c', 'd'].map((id) => machine.map.stateOf(id))).toEqual([
      'HOT',
      'WARM',
      'HOT',
      'HOT',
    ]);
    heat('c', 'get');
    heat('e', 'get');
    expect(machine.map.stateOf('a')).toBe('WARM');
    expect(machine.map.hotCount).toBe(3);
  });

  it('A1: 10 000 random lives: hot with cause alone, never cold too soon, bounded, within its budgets', () => {
    for (let seed = 1; seed <= 10_000; seed++) {
      const problem = live(seed);
      if (problem !== undefined) expect.fail(`seed ${seed}: ${problem}`);
    }
  });
});

interface Model {
  /** When it was heated last. */
  heatedMs: number;
  /** When something else ended its being hot. */
  isShut: boolean;
}

/** One life; what was wrong with it. */
function live(seed: number): string | undefined {
  const random = randomFrom(seed);
  const below = (count: number) => Math.floor(random() * count);
  const options = {
    hotMs: 1 + below(60_000),
    warmMs: below(120_000),
    hotMax: 1 + below(8),
    heatsPerMinute: below(6),
    errorHeatsPerSecond: below(4),
  };
  const machine = new Machine(options);
  const { map } = machine;
  const model = new Map<string, Model>();
  const taken: { by: string; ms: number }[] = [];
  let etag = map.config().etag;
  let told = JSON.stringify(machine.config());
  for (let step = 0; step < 40; step++) {
    const id = `r${below(12)}`;
    const action = below(10);
    if (action < 5) {
      const cause = HEAT_CAUSES[below(HEAT_CAUSES.length)] as (typeof HEAT_CAUSES)[number];
      const by = cause === 'error' ? 'errors' : `key${below(2)}`;
      const before = map.stateOf(id);
      const { previous, current, retryAfterMs } = map.heat(id, cause, by);
      if (previous !== before || current !== map.stateOf(id))
        return 'it says another state than it has';
      if (current !== 'HOT' && retryAfterMs === undefined) return 'refused without a reason';
      if (current === 'HOT') {
        if (previous !== 'HOT') taken.push({ by, ms: machine.nowMs });
        model.set(id, { heatedMs: machine.nowMs, isShut: false });
      }
    } else if (action < 6) {
      map.cool(id);
      const known = model.get(id);
      if (known !== undefined) known.isShut = true;
      if (map.stateOf(id) !== 'COLD') return 'not COLD after being shut';
    } else machine.pass(below(30_000));

    const hot = machine.config().hot.map((request) => request.id);
    if (hot.length > options.hotMax || hot.length !== map.hotCount)
      return 'more HOT than there may be';
    if (map.warmCount > 5 * options.hotMax) return 'more WARM than there may be';
    for (const [known, { heatedMs, isShut }] of model) {
      const age = machine.nowMs - heatedMs;
      const state = map.stateOf(known);
      if (isShut && state !== 'COLD') return `${known} was shut and is ${state}`;
      if (state === 'HOT' && age >= options.hotMs + TICK_MS) return `${known} is HOT for too long`;
      if (state === 'WARM' && age >= options.hotMs + options.warmMs + TICK_MS) {
        return `${known} is WARM for too long`;
      }
      // No other one can have taken its place.
      const isAlone = taken.length <= options.hotMax;
      if (state !== 'HOT' && !isShut && age < options.hotMs && isAlone) {
        return `${known} is ${state} after ${age} of ${options.hotMs} ms`;
      }
    }
    for (const id of hot) if (!model.has(id)) return `${id} is HOT without cause`;
    for (const { by, ms } of taken) {
      const [span, max] =
        by === 'errors' ? [1_000, options.errorHeatsPerSecond] : [60_000, options.heatsPerMinute];
      const inSpan = taken.filter(
        (other) => other.by === by && other.ms >= ms && other.ms < ms + span,
      );
      if (inSpan.length > max) return `${by} has taken ${inSpan.length} in ${span} ms`;
    }
    const now = { etag: map.config().etag, told: JSON.stringify(machine.config()) };
    if ((now.etag === etag) !== (now.told === told))
      return 'the etag and the content do not go together';
    ({ etag, told } = now);
  }
  return undefined;
}
