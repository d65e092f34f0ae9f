import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TraceCollector } from '../../src/collector/trace-collector.js';
import { monitor } from '../../src/monitor/index.js';
import { jsonWithin } from '../../src/monitor/serialize/json-within.js';

it('what has room is written whole, the rest as far as there is room', () => {
  expect(jsonWithin({ a: [1, 'x'] }, 100)).toBe('{"a":[1,"x"]}');
  expect(jsonWithin('a longer text', 8)).toBe('"a lon…"');
  expect(jsonWithin([1, 2, 3, 'x'.repeat(50)], 40)).toBe(
    '[1,2,3,"xxxxxxxxxxxxxxxxxxxxxxxxxxxxx…"]',
  );
  expect(jsonWithin(['x'.repeat(50), 2, 3], 40)).toBe('["xxxxxxxxxxxxxxx…","+2 more"]');
  expect(jsonWithin({ a: 1, b: 'x'.repeat(50), c: 3 }, 30)).toBe('{"a":1,"…":"+2 more"}');
  expect([jsonWithin('xyz', 2), jsonWithin('xyz', 1), jsonWithin(undefined, 9)]).toEqual([
    '""',
    '0',
    'null',
  ]);
});

it('it is JSON of no more than the room, for any value and any room', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.integer({ min: 1, max: 80 }), (value, room) => {
      const text = jsonWithin(value, room);
      expect(text.length).toBeLessThanOrEqual(room);
      expect(() => JSON.parse(text)).not.toThrow();
    }),
    { numRuns: 2000 },
  );
});

it("serializer: 'json' writes JSON at any maxLength, with what is not secret as it was", () => {
  const collector = new TraceCollector({ capacity: 1000 });
  const value = {
    password: 'hunter2',
    url: 'https://bob:hunter2@host/x',
    body: '{"token":"hunter2","a":1}',
    note: 'password: hunter2',
    list: ['Authorization', 'Bearer hunter2'],
    field: { name: 'password', value: 'hunter2' },
    order: 4711,
  };
  try {
    for (let maxLength = 1; maxLength <= 1024; maxLength += 7) {
      collector.clear();
      monitor({ serializer: 'json', maxLength, collector })((given: unknown) => given)(value);
      const text = collector.query()[0]?.attributes.result as string;
      expect(text.length).toBeLessThanOrEqual(maxLength);
      expect(text).not.toContain('hunter2');
      const read: unknown = JSON.parse(text);
      if (maxLength < 400) continue;
      expect(read).toEqual({
        password: '***',
        url: 'https://bob:***@host/x',
        body: '{"token":"***","a":1}',
        note: 'password: ***',
        list: ['Authorization', '***'],
        field: { name: 'password', value: '***' },
        order: 4711,
      });
    }
  } finally {
    collector.close();
  }
});
