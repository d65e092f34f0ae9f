import { createHash } from 'node:crypto';

/** Which of so many shards has the events of a run: always the same one. */
export const shardOf = (run: string, shards: number): number =>
  shards === 1 ? 0 : createHash('md5').update(run).digest().readUInt32BE() % shards;
