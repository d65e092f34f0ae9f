import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BUCKET_ERROR_MAX, bucketMiddleNs, bucketOf } from '../../src/event/duration-bucket.js';
import { Connection } from '../../src/store/sqlite/connection.js';
import { BucketCounts, forEachBucket, mergeBuckets } from '../../src/store/sqlite/histogram.js';
import { rollUp } from '../../src/store/sqlite/rollup.js';
import { makeRecorded, makeRun } from '../support/recorded-events.js';
import { connect, openStore, passTime } from '../support/store-folder.js';

const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -300n, max: 300n }),
);

it('a bucket stands for its durations within 1 %, exactly below 128 ns, and keeps their order', () => {
  fc.assert(
    fc.property(int64, int64, (a, b) => {
      const middle = bucketMiddleNs(bucketOf(a));
      expect(Math.abs(middle - Number(a))).toBeLessThanOrEqual(
        BUCKET_ERROR_MAX * Math.abs(Number(a)),
      );
      if (a > -128n && a < 128n) expect(middle).toBe(Number(a));
      if (a <= b) expect(bucketOf(a)).toBeLessThanOrEqual(bucketOf(b));
    }),
  );
});

it('a histogram has what was added to it and not taken away again', () => {
  const change = fc.tuple(
    fc.array(fc.tuple(fc.integer({ min: -4096, max: 4096 }), fc.integer({ min: 1, max: 300 })), {
      maxLength: 30,
    }),
    fc.boolean(),
  );
  fc.assert(
    fc.property(fc.array(change, { maxLength: 8 }), (changes) => {
      let bytes: Uint8Array = new Uint8Array(0);
      const model = new Map<number, number>();
      for (const [entries, isRemoved] of changes) {
        const counts = new Map(entries);
        bytes = mergeBuckets(bytes, counts, isRemoved ? -1 : 1);
        for (const [bucket, count] of counts) {
          const sum = (model.get(bucket) ?? 0) + (isRemoved ? -count : count);
          if (sum > 0) model.set(bucket, sum);
          else model.delete(bucket);
        }
      }
      const found: [number, number][] = [];
      forEachBucket(bytes, (bucket, count) => found.push([bucket, count]));
      expect(found).toEqual([...model].sort(([a], [b]) => a - b));
    }),
  );
});

it('percentiles of counts are by nearest rank', () => {
  const counts = new BucketCounts();
  expect(counts.percentileNs(0.5)).toBeUndefined();
  for (let ns = 1n; ns <= 100n; ns++) counts.add(bucketOf(ns));
  expect([0.5, 0.95, 0.99, 1].map((share) => counts.percentileNs(share))).toEqual([
    50, 95, 99, 100,
  ]);
});

it('after appends, duplicates and purges the rollup is what the events make of it', async () => {
  const { store, path } = await openStore();
  const run = makeRun();
  const events = fc
    .sample(
      fc.record({ ms: fc.nat(600_000), durationNs: int64, isError: fc.boolean(), c: fc.nat(5) }),
      {
        numRuns: 2000,
        seed: 7,
      },
    )
    .map(({ ms, durationNs, isError, c }, sequence) =>
      makeRecorded(sequence, {
        ms,
        durationNs,
        component: `c${c}`,
        severity: isError ? 'Error' : 'Info',
      }),
    );
  for (let first = 0; first < events.length; first += 190) {
    await store.append(run, events.slice(Math.max(0, first - 25), first + 190));
    if (first % 570 === 0) {
      await passTime(path, 10_000);
      await store.purge(12_000);
    }
  }
  const connection = new Connection(await connect(path));
  const rows = () => connection.all('SELECT * FROM rollup ORDER BY minute, process');
  const kept = rows();
  expect(kept.length).toBeGreaterThan(50);
  const [{ first, last } = {}] = connection.all(
    'SELECT min(id) AS first, max(id) AS last FROM event',
  );
  connection.run('DELETE FROM rollup');
  rollUp(connection, Number(first), Number(last));
  expect(kept).toEqual(rows());
});
