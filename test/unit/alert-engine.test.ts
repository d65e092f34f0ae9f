// The engine of rules where its process is killed at any moment, its disk fails and its clocks are set: each change of which
// somebody is to be told is told, once or once more for each kill.
import { describe, expect, it } from 'vitest';
import { AlertClock } from '../../src/alerts/alert-clock.js';
import { type AlertChange, AlertEngine, HISTORY_MAX } from '../../src/alerts/alert-engine.js';
import {
  type AlertNotice,
  describe as describeRule,
  noticeText,
} from '../../src/alerts/alert-notice.js';
import type { AlertRule } from '../../src/alerts/alert-rule.js';
import type { AlertState, Observation } from '../../src/alerts/alert-state.js';
import type { PhaseChange } from '../../src/alerts/simulate.js';
import { makeRule } from '../support/alert-rule.js';
import { randomFrom } from '../support/random.js';

const SEEDS = process.env.AEGIS_STRESS === '1' ? 10_000 : 1_000;

/** What outlives a process: its database, and what people were told. */
class World {
  wallMs = 1_000_000;
  steadyMs = 0;
  readonly states = new Map<string, AlertState>();
  readonly history = new Map<string, PhaseChange[]>();
  readonly waiting = new Map<string, AlertNotice>();
  readonly told: AlertNotice[] = [];
  next: Observation = { kind: 'value', value: 0 };
  isDiskFull = false;
  /** Steps until the process is killed; what it does after that changes nothing any more. */
  killIn = Number.POSITIVE_INFINITY;
  found: readonly string[] = [];

  get isDead(): boolean {
    return this.killIn <= 0;
  }

  /** A process that is started: it tells of what waits, then looks. */
  start(rules: readonly AlertRule[]): AlertEngine {
    const last = Math.max(0, ...[...this.states.values()].map((state) => state.sinceMs));
    const clock = new AlertClock(
      last,
      () => this.wallMs,
      () => this.steadyMs,
    );
    this.killIn = Number.POSITIVE_INFINITY;
    for (const notice of [...this.waiting.values()]) this.#deliver(notice);
    const engine = new AlertEngine(
      {
        clock,
        observe: async () => this.next,
        requests: async () => this.found,
        save: async (change) => this.#save(change),
        tell: (notice) => this.#deliver(notice),
      },
      rules,
      { states: new Map(this.states), history: new Map(this.history) },
    );
    return engine;
  }

  pass(ms: number): void {
    this.wallMs += ms;
    this.steadyMs += ms;
  }

  async #save({ states, changes, notices }: AlertChange): Promise<void> {
    if (this.#step()) return;
    if (this.isDiskFull) throw new Error('no space left');
    for (const [name, state] of states) {
      if (state === undefined) this.states.delete(name);
      else this.states.set(name, state);
    }
    for (const { rule, ...change } of changes) {
      this.history.set(rule, [...(this.history.get(rule) ?? []), change]);
    }
    for (const notice of notices) this.waiting.set(notice.id, notice);
  }

  #deliver(notice: AlertNotice): void {
    if (this.#step()) return;
    this.told.push(notice);
    if (this.#step()) return;
    this.waiting.delete(notice.id);
  }

  /** @returns whether the process is dead. */
  #step(): boolean {
    this.killIn--;
    return this.isDead;
  }
}

const value = (number: number): Observation => ({ kind: 'value', value: number });

it('R4: nobody is told too little, and once more for each kill at most, in random lives', async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = randomFrom(seed);
    const below = (limit: number): number => Math.floor(random() * limit);
    const rule = makeRule({ repeatMs: 1e12 });
    const world = new World();
    let engine = world.start([rule]);
    let kills = 0;
    let phase = 'inactive';
    let changes = 0;
    for (let look = 0; look < 30; look++) {
      world.next = value(below(2) * 10);
      world.killIn = below(4) === 0 ? below(4) : Number.POSITIVE_INFINITY;
      world.pass(15_000);
      await engine.look();
      // What was seen by a process that was killed may be seen by nobody: the next one sees it again.
      if (world.isDead) {
        kills++;
        engine = world.start([rule]);
        await engine.look();
      }
      const now = world.next.kind === 'value' && world.next.value >= 10 ? 'firing' : 'inactive';
      if (now !== phase) changes++;
      phase = now;
    }
    const told = world.told.map((notice) => notice.phase);
    const distinct = told.filter((name, index) => name !== told[index - 1]);
    // Each change is told, in its order; what is told twice in a row is because of a kill.
    expect(distinct.length, `seed ${seed}: ${told}`).toBe(changes);
    expect(told.length - distinct.length, `seed ${seed}`).toBeLessThanOrEqual(kills);
    expect(world.waiting.size).toBe(0);
  }
});

describe('the engine of rules', () => {
  it('tells by each action of a rule, once for a change and once for each repeat', async () => {
    const world = new World();
    const rule = makeRule({ actions: ['log', 'webhook'], requests: 'SELECT 1' });
    world.found = ['r-1', 'r-2'];
    const engine = world.start([rule]);
    world.next = value(12);
    for (let look = 0; look < 9; look++) {
      await engine.look();
      world.pass(15_000);
    }
    world.next = value(0);
    await engine.look();
    // Looks at 0, 15, … 120 s, repeats at 60 and 120 s.
    expect(world.told.map(({ action, phase }) => `${action} ${phase}`)).toEqual([
      ...Array(3).fill(['log firing', 'webhook firing']).flat(),
      'log inactive',
      'webhook inactive',
    ]);
    expect(world.told[0]).toMatchObject({ value: 12, threshold: 10, requests: ['r-1', 'r-2'] });
    // When it is over, it still says since when it was so.
    expect(world.told.at(-1)?.startsMs).toBe(world.told[0]?.startsMs);
    expect(engine.list()[0]?.history.map(({ from, to }) => `${from} ${to}`)).toEqual([
      'inactive firing',
      'firing inactive',
    ]);
  });

  it('tells nobody of a rule that is silenced, and of how it stands when that is over', async () => {
    const world = new World();
    const engine = world.start([makeRule()]);
    expect(await engine.silence('none', 60_000)).toBe(false);
    expect(await engine.silence('rule', 60_000)).toBe(true);
    world.next = value(12);
    await engine.look();
    world.pass(30_000);
    await engine.look();
    expect(world.told).toEqual([]);
    // Silence outlives the process.
    const restarted = world.start([makeRule()]);
    await restarted.look();
    expect(world.told).toEqual([]);
    world.pass(30_000);
    await restarted.look();
    expect(world.told.map(({ phase }) => phase)).toEqual(['firing']);
    await restarted.silence('rule', 60_000);
    await restarted.silence('rule', 0);
    world.next = value(0);
    await restarted.look();
    expect(world.told.map(({ phase }) => phase)).toEqual(['firing', 'inactive']);
  });

  it('waits as long as it says, whatever is done to the wall clock', async () => {
    const world = new World();
    const engine = world.start([makeRule({ forMs: 60_000 })]);
    world.next = value(12);
    await engine.look();
    world.wallMs += 3_600_000;
    world.pass(30_000);
    await engine.look();
    expect(engine.list()[0]?.state.phase).toBe('pending');
    world.wallMs -= 7_200_000;
    world.pass(30_000);
    await engine.look();
    expect(world.told.map(({ phase }) => phase)).toEqual(['firing']);
    // Times for people are those that their clocks show now.
    expect(world.told[0]).toMatchObject({ atMs: world.wallMs, startsMs: world.wallMs });
  });

  it('goes on where it stood after a restart, also when the wall clock was set back', async () => {
    const world = new World();
    const rule = makeRule({ forMs: 60_000 });
    world.next = value(12);
    await world.start([rule]).look();
    world.wallMs -= 3_600_000;
    const engine = world.start([rule]);
    world.pass(60_000);
    await engine.look();
    expect(world.told.map(({ phase }) => phase)).toEqual(['firing']);
  });

  it('tells although nothing can be kept', async () => {
    const world = new World();
    world.isDiskFull = true;
    const engine = world.start([makeRule()]);
    world.next = value(12);
    await engine.look();
    await engine.look();
    expect(world.told).toHaveLength(1);
    world.isDiskFull = false;
    await engine.look();
    expect(world.states.get('rule')?.toldPhase).toBe('firing');
    expect(world.told).toHaveLength(1);
  });

  it('says of a rule that is taken away while it fires that it is over, and forgets it', async () => {
    const world = new World();
    const engine = world.start([makeRule(), makeRule({ name: 'other' })]);
    world.next = value(12);
    await engine.look();
    await engine.replaceRules([makeRule({ name: 'other', threshold: 11 })]);
    expect(world.told.map(({ rule, phase }) => `${rule} ${phase}`)).toEqual([
      'rule firing',
      'other firing',
      'rule inactive',
    ]);
    expect([...world.states.keys()]).toEqual(['other']);
    // The other one goes on where it stands.
    await engine.look();
    expect(world.told).toHaveLength(3);
  });

  it('does not go by the answer to a rule that was replaced while it was asked', async () => {
    const world = new World();
    const engine = world.start([makeRule()]);
    world.next = value(12);
    const looking = engine.look();
    await engine.replaceRules([makeRule({ threshold: 100 })]);
    await looking;
    expect(engine.list()[0]?.state).toMatchObject({ phase: 'inactive', value: undefined });
  });

  it(`remembers the last ${HISTORY_MAX} changes`, async () => {
    const world = new World();
    const engine = world.start([makeRule()]);
    for (let look = 0; look < HISTORY_MAX + 7; look++) {
      world.next = value(look % 2 === 0 ? 12 : 0);
      world.pass(1_000);
      await engine.look();
    }
    const history = engine.list()[0]?.history ?? [];
    expect(history).toHaveLength(HISTORY_MAX);
    expect(history.at(-1)).toMatchObject({ from: 'inactive', to: 'firing' });
  });
});

it('a notice is one line with its numbers, and no text of a rule is a pattern', () => {
  const rule = makeRule({ description: '{value} of {threshold}, {value}' });
  expect(describeRule(rule, 12.345_678)).toBe('12.3457 of 10, 12.3457');
  expect(describeRule(rule, undefined)).toBe('no number of 10, no number');
  const notice: AlertNotice = {
    id: 'id',
    rule: 'rule',
    action: 'log',
    phase: 'firing',
    value: 12,
    threshold: 10,
    error: undefined,
    severity: 'warning',
    labels: {},
    description: 'many',
    requests: ['r-1', 'r-2', 'r-3', 'r-4'],
    startsMs: 0,
    atMs: 0,
  };
  expect(noticeText(notice)).toBe(
    'rule is firing: 12 (threshold 10); many; requests r-1, r-2, r-3',
  );
  expect(noticeText({ ...notice, phase: 'inactive', value: 0, requests: [] })).toBe(
    'rule is over: 0 (threshold 10); many',
  );
  expect(noticeText({ ...notice, phase: 'error', error: 'no such table' })).toBe(
    'rule cannot be asked: no such table; many',
  );
});
