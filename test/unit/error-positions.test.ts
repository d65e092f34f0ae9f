import { expect, it } from 'vitest';
import { ErrorPositions, isError } from '../../src/pipeline/error-positions.js';
import { makeEvent } from '../support/write-export.js';

const at = (lane: number, sequence: number) => ({ lane, sequence, event: makeEvent() });

it('remembers a place until it is taken', () => {
  const places = new ErrorPositions();
  places.add(at(1, 2));
  places.add(at(1, 2));
  expect([places.size, places.has(at(1, 2)), places.has(at(2, 1))]).toEqual([1, true, false]);
  expect([places.take(at(1, 2)), places.take(at(1, 2)), places.size]).toEqual([true, false, 0]);
});

it('is bounded: the oldest of a lane is forgotten', () => {
  const places = new ErrorPositions(3);
  for (let sequence = 0; sequence < 5; sequence++) places.add(at(0, sequence));
  expect(places.size).toBe(3);
  expect([0, 1, 2, 3, 4].map((sequence) => places.has(at(0, sequence)))).toEqual([
    false,
    false,
    true,
    true,
    true,
  ]);
  places.clear();
  expect([places.size, places.has(at(0, 4))]).toEqual([0, false]);
});

it.each([
  ['Info', false],
  ['Warning', false],
  ['Error', true],
  ['Critical', true],
] as const)('P2: %s is an error: %s', (severity, is) => {
  expect(isError({ lane: 0, sequence: 0, event: makeEvent({ severity }) })).toBe(is);
});
