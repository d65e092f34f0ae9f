// How much a cluster needs for so many events a second, from what was measured on one machine: see docs/SCALING.md.

/** Measured by `npm run bench -- --suite hub,clickhouse,cluster` on two cores of an EPYC, and on four servers of it. */
export const MEASURED = {
  /** Events that one hub acknowledges in a second, with its server beside it. */
  hubPerS: 40_000,
  /** Of an insert, whatever it has, and of each event of it; milliseconds. */
  insertMs: 20,
  insertMsPerEvent: 0.009,
  /** Until its replicas have it, milliseconds. */
  quorumMs: 40,
  /** Events of one group of a hub: 4 MiB of bodies. */
  groupEvents: 10_000,
  /** Events of one request of a sender: see batch-writer.ts. */
  requestEvents: 8_000,
  /** Of an event on its way to a hub, with gzip; to a server as text; on the disk, and to another replica. */
  sentBytes: 71,
  insertedBytes: 250,
  storedBytes: 82,
};

const SECONDS_A_DAY = 86_400;

/**
 * @param {object} wish eventsPerS, replicas, retentionHours, and up to which share of what it can each part is used (0 to 1).
 * @returns how many of each, and what goes through them.
 */
export function planCluster({ eventsPerS, replicas, retentionHours, share }, measured = MEASURED) {
  const { hubPerS, insertMs, insertMsPerEvent, quorumMs, groupEvents } = measured;
  // Inserts of one shard follow each other: one waits until the one before is in its replicas.
  const groupMs = insertMs + quorumMs + groupEvents * insertMsPerEvent;
  const shardPerS = (groupEvents / groupMs) * 1000;
  const shards = Math.ceil(eventsPerS / (shardPerS * share));
  const storedPerS = eventsPerS * measured.storedBytes;
  return {
    hubs: Math.ceil(eventsPerS / (hubPerS * share)),
    shards,
    servers: shards * replicas,
    shardPerS,
    toHubsGbit: (eventsPerS * measured.sentBytes * 8) / 1e9,
    toServersGbit: (eventsPerS * measured.insertedBytes * 8) / 1e9,
    betweenReplicasGbit: (storedPerS * (replicas - 1) * 8) / 1e9,
    diskTbADay: (storedPerS * replicas * SECONDS_A_DAY) / 1e12,
    diskTb: (storedPerS * replicas * retentionHours * 3600) / 1e12,
    diskMbPerSOfServer: storedPerS / shards / 1e6,
  };
}
