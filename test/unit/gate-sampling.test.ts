import { describe, expect, it } from 'vitest';
import { Drain } from '../../src/collector/drain.js';
import { ClientGate } from '../../src/gate/client-gate.js';
import type { GateConfig } from '../../src/gate/gate-config.js';
import { passes } from '../../src/gate/gate-rules.js';
import { isSampled, sampleHash } from '../../src/gate/sample-hash.js';
import { TraceCollector } from '../../src/index.js';
import { randomFrom } from '../support/random.js';

const config = (fields: Partial<GateConfig>): GateConfig => ({
  mode: 'adaptive',
  defaultRate: 0,
  warmRate: 0.1,
  hot: [],
  warm: [],
  etag: 'e',
  ...fields,
});

/** Of 10 000 random ids the share is off by more than 0.01 once in twenty times: these are always the same ones. */
const random = randomFrom(1);
const hex = (): string =>
  Array.from({ length: 32 }, () => Math.floor(16 * random()).toString(16)).join('');

const idsOf = (count: number): string[] => [
  ...Array.from({ length: count / 2 }, hex),
  ...Array.from({ length: count / 2 }, (_, index) => `request-${index}`),
];

const shareOf = (ids: readonly string[], isOne: (id: string) => boolean): number =>
  ids.filter(isOne).length / ids.length;

describe('the share of requests that is sent', () => {
  it('A5: is the rate, for random ids and for ids that count', () => {
    const ids = idsOf(20_000);
    for (const rate of [0.01, 0.1, 0.5, 0.9]) {
      for (const half of [ids.slice(0, 10_000), ids.slice(10_000)]) {
        expect(Math.abs(shareOf(half, (id) => isSampled(id, rate)) - rate)).toBeLessThan(0.01);
      }
    }
    expect(shareOf(ids, (id) => isSampled(id, 0))).toBe(0);
    expect(shareOf([...ids, ''], (id) => isSampled(id, 1))).toBe(1);
    expect(isSampled('', 0.999_999)).toBe(false);
  });

  it('is known by its hash: values computed by hand', () => {
    // FNV-1a of nothing is its offset basis; of "a" 0xe40c292c (Fowler, Noll, Vo); then fmix32.
    const mixed = (hash: number) => {
      let mixing = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
      mixing = Math.imul(mixing ^ (mixing >>> 13), 0xc2b2ae35);
      return (mixing ^ (mixing >>> 16)) >>> 0;
    };
    expect(sampleHash('')).toBe(mixed(0x811c9dc5));
    expect(sampleHash('a')).toBe(mixed(0xe40c292c));
    expect(sampleHash('foobar')).toBe(mixed(0xbf9cf968));
  });

  it('A5: of WARM requests it is 0.1 ± 0.01, and each is whole or absent over three processes', () => {
    const ids = idsOf(10_000);
    const processes = [1, 2, 3].map(() => {
      const gate = new ClientGate(false, () => 0);
      gate.apply(config({ warm: ids }));
      return gate;
    });
    const sent = processes.map(({ rules }) => ids.map((id) => passes(rules, id)));
    expect(sent[1]).toEqual(sent[0]);
    expect(sent[2]).toEqual(sent[0]);
    const share = (sent[0] as boolean[]).filter(Boolean).length / ids.length;
    expect(Math.abs(share - 0.1)).toBeLessThan(0.01);
  });

  it('is decided alike by the ring, also for ids that are no ASCII', () => {
    const ids = [
      ...idsOf(2_000),
      ...Array.from({ length: 500 }, (_, index) => `größe-${index}-日本`),
    ];
    const collector = new TraceCollector({ capacity: 10_000 });
    const drain = Drain.open(collector);
    drain.setGate({ requestIds: [], rate: 0.3 });
    for (const requestId of ids) {
      collector.record({ eventType: 'e', component: 'c', requestId });
    }
    const { events, heldBack, missed } = drain.readEvents(10_000);
    const expected = ids.filter((id) => isSampled(id, 0.3));
    expect(events.map(({ event }) => event.requestId)).toEqual(expected);
    expect([heldBack, missed]).toEqual([ids.length - expected.length, 0]);
    drain.close();
    collector.close();
  });
});

describe('ClientGate', () => {
  it('sends nothing before the hub has said anything, and when it cannot be reached', () => {
    const gate = new ClientGate(false, () => 0);
    expect(passes(gate.rules, 'a')).toBe(false);
    gate.apply(config({ defaultRate: 1 }));
    expect(passes(gate.rules, 'a')).toBe(true);
    gate.apply(undefined);
    expect(passes(gate.rules, 'a')).toBe(false);
  });

  it('opens what has become hot, again when it is another time of being hot, or was not heard of', () => {
    const gate = new ClientGate(false, () => 0);
    const opened = (hot: GateConfig['hot'] | undefined) =>
      gate.apply(hot && config({ hot })).map(({ id }) => id);
    expect(opened([{ id: 'a', since: 1 }])).toEqual(['a']);
    const two = [
      { id: 'a', since: 1 },
      { id: 'b', since: 2 },
    ];
    expect(opened(two)).toEqual(['b']);
    expect(opened([{ id: 'a', since: 3 }])).toEqual(['a']);
    expect(opened(undefined)).toEqual([]);
    expect(opened([{ id: 'a', since: 3 }])).toEqual(['a']);
  });

  it('an error opens its request for 30 s, ten requests a second', () => {
    let nowMs = 0;
    const gate = new ClientGate(false, () => nowMs);
    gate.apply(config({ hot: [{ id: 'hot', since: 1 }] }));
    expect(gate.openForError('a')).toEqual({ id: 'a', reason: 'error' });
    expect(gate.openForError('a'), 'it is open').toBeUndefined();
    expect(gate.openForError('hot')).toBeUndefined();
    expect(gate.openForError('')).toBeUndefined();
    const opened = Array.from({ length: 20 }, (_, index) => gate.openForError(`e${index}`));
    expect(opened.filter((opening) => opening !== undefined)).toHaveLength(9);
    expect(gate.refusedOpenings).toBe(11);
    expect(passes(gate.rules, 'a')).toBe(true);
    nowMs = 29_999;
    gate.tick();
    expect(passes(gate.rules, 'a')).toBe(true);
    nowMs = 30_000;
    gate.tick();
    expect([passes(gate.rules, 'a'), passes(gate.rules, 'hot')]).toEqual([false, true]);
    expect(gate.openForError('a')).toBeDefined();
  });

  it('says why each event is sent', () => {
    const gate = new ClientGate(false, () => 0);
    const warm = Array.from({ length: 100 }, (_, index) => `w${index}`);
    gate.apply(config({ hot: [{ id: 'h', since: 1 }], warm, defaultRate: 0.5 }));
    gate.openForError('e');
    const sampled = warm.find((id) => isSampled(id, 0.1)) as string;
    expect(gate.reasonFor('h', false)).toBe('hot');
    expect(gate.reasonFor('h', true)).toBe('error');
    expect(gate.reasonFor('e', false)).toBe('error');
    expect(gate.reasonFor(sampled, false)).toBe('warm');
    expect(gate.reasonFor('other', false)).toBe('default');
    const dry = new ClientGate(true, () => 0);
    dry.apply(config({ hot: [{ id: 'h', since: 1 }] }));
    expect(passes(dry.rules, 'other')).toBe(true);
    expect([dry.reasonFor('other', false), dry.reasonFor('h', false)]).toEqual(['dry_run', 'hot']);
  });

  it('with the gate off everything is sent', () => {
    const gate = new ClientGate(false, () => 0);
    gate.apply(config({ mode: 'off' }));
    expect(passes(gate.rules, 'other')).toBe(true);
    gate.apply(config({ mode: 'dry_run' }));
    expect(passes(gate.rules, 'other')).toBe(true);
    expect(gate.reasonFor('other', false)).toBe('dry_run');
  });
});
