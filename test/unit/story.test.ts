import { describe, expect, it } from 'vitest';
// @ts-expect-error: plain JavaScript
import { storyLines } from '../../scripts/demo/report/request-story.mjs';
import { type StoryStep, storyOf } from '../../src/analysis/story.js';

const plain = (text: string) => text;
const NO_COLORS = { bold: plain, dim: plain, cyan: plain, yellow: plain, red: plain };
/** A wall time that a double does not hold to the nanosecond. */
const WALL_NS = 1_795_255_555_000_000_000n;
const RUN = { anchors: [{ steadyNs: 5_000_000n, wallNs: WALL_NS }] };

const base = {
  severity: 'Info' as const,
  modelId: '',
  requestId: 'r',
  rationale: '',
  durationNs: 0n,
  attributes: {},
};
const call = (
  eventId: string,
  component: string,
  [startNs, endNs]: [bigint, bigint],
  attributes: Record<string, string>,
) => ({
  ...base,
  eventId,
  eventType: 'function_call',
  component,
  timestampNs: startNs,
  durationNs: endNs - startNs,
  attributes,
});
const decision = (component: string, timestampNs: bigint, rationale: string) => ({
  ...base,
  eventId: `d${timestampNs}`,
  eventType: 'decision',
  component,
  timestampNs,
  rationale,
});
/** `afterMs` the moment of the clock anchor. */
const line = (name: string, afterMs: number, msg: string, level = 30) => ({
  level,
  time: Number(WALL_NS / 1_000_000n) + afterMs,
  pid: 1,
  hostname: 'h',
  name,
  operation_id: 'x',
  msg,
  tokens: 3,
});

const CHAIN = [
  call('a', 'Admission', [5_000_000n, 5_900_000n], {
    process: 'Admission.admit',
    'arg.index': '7',
    result: 'admitted',
  }),
  call('b', 'Admission', [5_200_000n, 5_300_000n], {
    process: 'Admission.estimate',
    parent_event_id: 'a',
    'arg.model': 'code',
    'arg.length': '20',
    result: '{tokens: 9, share: 0.123456789}',
  }),
  decision('Admission', 5_400_000n, 'Admitted'),
  decision('Scheduler', 5_450_000n, 'Deadline passed'),
];

describe('storyOf', () => {
  const steps: StoryStep[] = storyOf(
    CHAIN,
    [line('Admission', 0.25, 'received'), line('Worker', 1.5, 'late', 40)],
    RUN,
  );

  it('puts decisions, calls and log lines in the order in which they happened', () => {
    expect(steps.map(({ kind, event, line }) => `${kind} ${event?.eventId ?? line?.msg}`)).toEqual([
      'call a',
      'call b',
      'log received',
      'decision d5400000',
      'decision d5450000',
      'log late',
    ]);
    expect(steps.map(({ severity }) => severity).at(-1)).toBe('Warning');
    expect(storyLines(steps, NO_COLORS).join('\n')).toContain(
      'took 100 µs → {tokens: 9, share: 0.1235}',
    );
    expect(storyLines(steps, NO_COLORS).join('\n')).toContain('WARN late tokens=3');
  });

  it('has a call under its parent, and the rest in the call of its component, if any', () => {
    // The line came while estimate was under way; another component had no call.
    expect(steps.map(({ depth }) => depth)).toEqual([0, 1, 2, 1, 0, 0]);
  });
});

describe('storyLines', () => {
  const words = Array.from({ length: 40 }, (_, index) => `word${index} 0.50 ms`).join(' ');

  it('is a table of at most 100 columns that loses no word', () => {
    const lines: string[] = storyLines(
      storyOf([...CHAIN, decision('X', 2_005_000_000n, words)], [], RUN),
      NO_COLORS,
    );
    expect(lines[0]).toMatch(/^ +ms$/);
    expect(lines[1]).toMatch(/^ {5}0\.000 {2}call {6}Admission\.admit/);
    expect(lines[2]).toMatch(/^ {5}0\.200 {2}call {8}Admission\.estimate/);
    expect(Math.max(...lines.map((text) => text.length))).toBeLessThanOrEqual(100);
    const shown = lines.slice(5).join(' ').replaceAll(/ +/g, ' ').trim();
    expect(shown).toBe(`2000.000 decision ${words}`);
    // A number stays with its unit.
    expect(lines.filter((text) => /^ *ms\b/.test(text))).toHaveLength(1);
  });

  it('lets nothing that was logged move the cursor', () => {
    const lines = storyLines(
      storyOf([decision('X', 1n, 'red \u001b[31mtext')], [], RUN),
      NO_COLORS,
    );
    expect(lines.join('')).not.toContain('\u001b');
  });
});

it('has spans as calls, under their parents also where the clock says that they began before, and what happened in them', () => {
  const span = (eventId: string, times: [bigint, bigint], parent?: string) => ({
    ...call(eventId, 'shop', times, parent === undefined ? {} : { parent_event_id: parent }),
    eventType: 'span',
  });
  const within = { ...decision('shop', 3n, 'cache miss'), attributes: { within_event_id: 'c' } };
  const chain = [span('b', [1n, 5n], 'a'), span('a', [2n, 9n]), span('c', [2n, 4n], 'b'), within];
  const steps = storyOf(chain, [], RUN).map(({ kind, depth, event }) => [
    kind,
    event?.eventId,
    depth,
  ]);
  expect(steps).toEqual([
    ['call', 'b', 1],
    ['call', 'a', 0],
    ['call', 'c', 2],
    ['decision', 'd3', 3],
  ]);
  // A damaged file may have a circle.
  const circle = [span('x', [1n, 2n], 'y'), span('y', [1n, 2n], 'x')];
  expect(storyOf(circle, [], RUN)).toHaveLength(2);
});
