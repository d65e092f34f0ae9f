import type { AppendResult } from '../../event/event-sink.js';
import type { RunInfo } from '../../event/recorded-event.js';
import type { ForeignBatch, RunBatch } from '../event-store.js';
import { PartlyAppendedError } from '../partly-appended-error.js';
import { type AppenderParts, EventAppender } from './event-appender.js';
import type { Shard } from './servers.js';
import { shardOf } from './shard-of.js';

/** An appender for each shard; what is of one run is of one shard. */
export class ShardAppenders {
  readonly #appenders: readonly [EventAppender, ...EventAppender[]];

  /** @param shards - one at least. */
  constructor(shards: readonly Shard[], parts: Omit<AppenderParts, keyof Shard>) {
    this.#appenders = shards.map((shard) => new EventAppender({ ...shard, ...parts })) as [
      EventAppender,
      ...EventAppender[],
    ];
  }

  /** The run of events without one. */
  runOf(source: string): RunInfo {
    return this.#appenders[0].runOf(source);
  }

  /** Forgets what is there: some of it was purged. */
  forget(): void {
    for (const appender of this.#appenders) appender.forget();
  }

  /** @throws TraceError (rejects) `ERR_TRACE_STORE`; PartlyAppendedError where only some shards could be written. */
  async append(
    batches: readonly (RunBatch | ForeignBatch)[],
    deadlineNs: bigint | undefined,
  ): Promise<AppendResult[]> {
    const groups = this.#appenders.map((appender) => ({ appender, indexes: [] as number[] }));
    for (const [index, batch] of batches.entries()) {
      const { run } = 'run' in batch ? batch.run : this.runOf(batch.source);
      groups[shardOf(run, groups.length)]?.indexes.push(index);
    }
    const results: (AppendResult | undefined)[] = batches.map(() => undefined);
    const outcomes = await Promise.allSettled(
      groups.map(async ({ appender, indexes }) => {
        if (indexes.length === 0) return;
        const own = indexes.map((index) => batches[index] as RunBatch | ForeignBatch);
        const appended = await appender.append(own, deadlineNs);
        for (const [at, index] of indexes.entries()) results[index] = appended[at];
      }),
    );
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed === undefined) return results as AppendResult[];
    if (results.every((result) => result === undefined)) throw failed.reason;
    throw new PartlyAppendedError(failed.reason, results);
  }
}
