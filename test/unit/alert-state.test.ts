// The states of a rule against what the words say, in random histories: each is derived anew from all that was seen.
import { describe, expect, it } from 'vitest';
import { type AlertRule, NO_DATA, ON_ERROR } from '../../src/alerts/alert-rule.js';
import {
  type AlertPhase,
  type AlertState,
  advance,
  initialState,
  isDue,
  isSilenced,
  type Observation,
  silenced,
  told,
} from '../../src/alerts/alert-state.js';
import { makeRule } from '../support/alert-rule.js';
import { randomFrom } from '../support/random.js';

const SEEDS = process.env.AEGIS_STRESS === '1' ? 10_000 : 2_000;

const RULE = makeRule();

interface Look {
  readonly atMs: number;
  readonly observation: Observation;
}

/** What the words of the guide say of the last of these looks. */
function phaseBy(rule: AlertRule, looks: readonly Look[]): AlertPhase {
  let phase: AlertPhase = 'inactive';
  for (const [index, { atMs, observation }] of looks.entries()) {
    const meaning = meaningOf(rule, observation);
    if (meaning === 'keep') continue;
    if (meaning === 'error') phase = 'error';
    else if (meaning === 'breach') {
      // "It fires when the number has stayed at the threshold for so long": back to the last look that was not there.
      let since = atMs;
      for (let back = index; back >= 0; back--) {
        const before = meaningOf(rule, (looks[back] as Look).observation);
        if (before === 'clear' || before === 'error') break;
        if (before === 'breach') since = (looks[back] as Look).atMs;
      }
      if (phase !== 'firing') phase = atMs - since >= rule.forMs ? 'firing' : 'pending';
    } else if (phase === 'firing') {
      const last = looks
        .slice(0, index)
        .findLast((look) => meaningOf(rule, look.observation) === 'breach');
      if (atMs - (last?.atMs ?? 0) >= rule.keepFiringForMs) phase = 'inactive';
    } else phase = 'inactive';
  }
  return phase;
}

function meaningOf(rule: AlertRule, observation: Observation): string {
  if (observation.kind === 'value') return observation.value >= rule.threshold ? 'breach' : 'clear';
  const wanted = observation.kind === 'no_data' ? rule.noData : rule.onError;
  if (wanted === 'firing') return 'breach';
  return wanted === 'inactive' ? 'clear' : wanted;
}

describe('the state of a rule', () => {
  const value = (number: number): Observation => ({ kind: 'value', value: number });

  it('fires at its threshold, not above it only', () => {
    const state = advance(RULE, initialState(0), value(10), 1);
    expect(state).toMatchObject({ phase: 'firing', sinceMs: 1, value: 10 });
    expect(advance(RULE, state, value(9.99), 2)).toMatchObject({ phase: 'inactive', sinceMs: 2 });
  });

  it('waits for as long as it is told, and begins anew after a break', () => {
    const rule = { ...RULE, forMs: 100 };
    let state = initialState(0);
    const phases: AlertPhase[] = [];
    for (const [atMs, number] of [
      [0, 10],
      [99, 10],
      [100, 9],
      [150, 10],
      [249, 10],
      [250, 10],
    ] as const) {
      state = advance(rule, state, value(number), atMs);
      phases.push(state.phase);
    }
    expect(phases).toEqual(['pending', 'pending', 'inactive', 'pending', 'pending', 'firing']);
  });

  it('tells once of a change, again after the repeat, and when it is over', () => {
    let state = initialState(0);
    const log: string[] = [];
    for (let atMs = 0; atMs <= 200_000; atMs += 15_000) {
      state = advance(RULE, state, value(atMs >= 15_000 && atMs < 150_000 ? 10 : 0), atMs);
      if (!isDue(RULE, state, atMs)) continue;
      state = told(state, atMs);
      log.push(`${atMs} ${state.toldPhase}`);
    }
    expect(log).toEqual(['15000 firing', '75000 firing', '135000 firing', '150000 inactive']);
  });

  it('tells nobody while it is silenced, and then what is so by then', () => {
    const due = (state: AlertState, atMs: number) => isDue(RULE, state, atMs);
    let state = silenced(advance(RULE, initialState(0), value(10), 0), 1_000);
    expect([isSilenced(state, 999), due(state, 999)]).toEqual([true, false]);
    expect(due(state, 1_000)).toBe(true);
    // What came and went in silence is nobody's business.
    state = advance(RULE, state, value(0), 500);
    expect(due(state, 1_000)).toBe(false);
  });

  it(`R2: is what the words say, in ${SEEDS} random histories`, () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const random = randomFrom(seed);
      const below = (limit: number): number => Math.floor(random() * limit);
      const pick = <T>(values: readonly T[]): T => values[below(values.length)] as T;
      const rule: AlertRule = {
        ...RULE,
        forMs: pick([0, 10, 30, 60]),
        keepFiringForMs: pick([0, 10, 45]),
        noData: pick(NO_DATA),
        onError: pick(ON_ERROR),
      };
      const looks: Look[] = [];
      let state = initialState(0);
      let atMs = 0;
      for (let step = 0; step < 30; step++) {
        atMs += pick([0, 5, 15, 15, 40]);
        const kind = below(10);
        const observation: Observation =
          kind === 0
            ? { kind: 'error', message: 'it failed' }
            : kind === 1
              ? { kind: 'no_data' }
              : value(pick([0, 9, 10, 11]));
        looks.push({ atMs, observation });
        const before = state;
        state = advance(rule, state, observation, atMs);
        const expected = phaseBy(rule, looks);
        expect(state.phase, `seed ${seed}, step ${step}`).toBe(expected);
        expect(state.sinceMs).toBe(before.phase === state.phase ? before.sinceMs : atMs);
      }
    }
  });
});
