// How much is measured. `quick` only proves that everything runs: its figures mean nothing.

/** The capacities named in the figures. */
const SMALL = 10_000;
const LARGE = 1_000_000;

const full = {
  quick: false,
  rounds: 5,
  small: SMALL,
  large: LARGE,
  /** Calls of cheap contenders before and while the clock runs; at LARGE, three times round the ring. */
  record: { warmUp: 500_000, count: 2_000_000 },
  recordLarge: { warmUp: 1_500_000, count: 3_000_000 },
  /** Calls of contenders that take microseconds. */
  recordSlow: { warmUp: 100_000, count: 400_000 },
  memory: { capacity: 100_000, warmUp: 10_000_000, count: 100_000_000 },
  chain: { capacity: LARGE, chainEvents: 50, chains: 15 },
  longChain: { capacity: LARGE, chainEvents: 1000, chains: 15 },
  latency: { capacity: LARGE, warmUp: 1_500_000, count: 2_000_000 },
  cpp: { capacity: SMALL, events: 4_000_000, rounds: 9 },
  context: {
    rounds: 9,
    get: 2_000_000,
    log: 400_000,
    requests: 500,
    http: { connections: 20, warmUpMs: 1500, turns: 50, turnMs: 50 },
  },
  monitor: { rounds: 5, repetitions: 9, capacity: SMALL, warmUp: 200_000, count: 400_000 },
  pipeline: {
    rounds: 5,
    sustained: { count: 400_000, capacity: 100_000 },
    steady: { perSecond: 50_000, seconds: 5 },
    batchCount: 400,
    record: { capacity: SMALL, warmUp: 500_000, count: 2_000_000 },
  },
  store: {
    rounds: 3,
    append: { events: 300_000, batch: 5000 },
    events: LARGE,
    batch: 5000,
    queries: 200,
  },
  hub: {
    rounds: 3,
    append: { events: 300_000, batch: 5000 },
    ingest: { senders: 4, events: 400_000, batch: 500, steady: { perSecond: 10_000, seconds: 5 } },
    otlp: { senders: 4, spans: 81_920, batch: 512 },
    events: LARGE,
    batch: 5000,
    queries: 200,
    spans: { rounds: 7, warmUp: 200_000, count: 400_000 },
    backup: { perSecond: 10_000, seconds: 20 },
    memory: { perSecond: 10_000, seconds: 120 },
    tail: {
      perSecond: 1000,
      seconds: 5,
      record: { capacity: SMALL, warmUp: 500_000, count: 2_000_000 },
    },
  },
  gate: {
    rounds: 5,
    record: {
      capacity: SMALL,
      warmUp: 500_000,
      count: 2_000_000,
      looks: 5_000_000,
      hot: 1_000,
    },
    bytes: { perSecond: 50_000, seconds: 60 },
    backfill: { requests: 100, eventsEach: 20, capacity: 100_000 },
    config: { hot: 1_000, polls: 2_000, perSecond: 10_000, listeners: 5_000 },
  },
  toggle: {
    rounds: 3,
    record: { checks: 100_000_000, count: 10_000_000 },
    spread: { processes: 4, switches: 200 },
    blackhole: { seconds: 15 },
  },
  alerts: {
    events: 1_000_000,
    batch: 5_000,
    rules: { rules: 50, intervalS: 15, perSecond: 10_000, looks: 4 },
  },
  dashboard: {
    events: 1_000_000,
    manyEvents: 10_000_000,
    batch: 5_000,
    looks: {
      turns: 25,
      tailSeconds: 15,
      tailPerSecond: 100,
      liveSeconds: 600,
      livePerSecond: 1_000,
    },
  },
};

const quick = {
  quick: true,
  rounds: 1,
  small: 1000,
  large: 20_000,
  record: { warmUp: 20_000, count: 50_000 },
  recordLarge: { warmUp: 30_000, count: 60_000 },
  recordSlow: { warmUp: 2000, count: 10_000 },
  memory: { capacity: 10_000, warmUp: 400_000, count: 2_000_000 },
  chain: { capacity: 20_000, chainEvents: 50, chains: 5 },
  longChain: { capacity: 20_000, chainEvents: 1000, chains: 5 },
  latency: { capacity: 20_000, warmUp: 30_000, count: 100_000 },
  cpp: { capacity: 1000, events: 100_000, rounds: 2 },
  context: {
    rounds: 1,
    get: 100_000,
    log: 20_000,
    requests: 50,
    http: { connections: 5, warmUpMs: 100, turns: 4, turnMs: 50 },
  },
  monitor: { rounds: 1, repetitions: 1, capacity: 1000, warmUp: 5000, count: 20_000 },
  pipeline: {
    rounds: 1,
    sustained: { count: 20_000, capacity: 10_000 },
    steady: { perSecond: 5_000, seconds: 1 },
    batchCount: 20,
    record: { capacity: 1000, warmUp: 20_000, count: 50_000 },
  },
  store: {
    rounds: 1,
    append: { events: 10_000, batch: 1000 },
    events: 20_000,
    batch: 5000,
    queries: 10,
  },
  hub: {
    rounds: 1,
    append: { events: 10_000, batch: 1000 },
    ingest: { senders: 4, events: 8_000, batch: 500, steady: { perSecond: 1_000, seconds: 1 } },
    otlp: { senders: 4, spans: 4_096, batch: 512 },
    events: 20_000,
    batch: 5000,
    queries: 10,
    spans: { rounds: 1, warmUp: 4_000, count: 10_000 },
    backup: { perSecond: 1_000, seconds: 1 },
    memory: { perSecond: 1_000, seconds: 3 },
    tail: { perSecond: 500, seconds: 1, record: { capacity: 1000, warmUp: 20_000, count: 50_000 } },
  },
  gate: {
    rounds: 1,
    record: { capacity: 1000, warmUp: 20_000, count: 50_000, looks: 100_000, hot: 50 },
    bytes: { perSecond: 5_000, seconds: 3 },
    backfill: { requests: 5, eventsEach: 5, capacity: 1_000 },
    config: { hot: 50, polls: 100, perSecond: 1_000, listeners: 100 },
  },
  toggle: {
    rounds: 1,
    record: { checks: 100_000, count: 100_000 },
    spread: { processes: 4, switches: 4 },
    blackhole: { seconds: 2 },
  },
  alerts: {
    events: 20_000,
    batch: 5_000,
    rules: { rules: 5, intervalS: 1, perSecond: 1_000, looks: 2 },
  },
  dashboard: {
    events: 20_000,
    manyEvents: 40_000,
    batch: 5_000,
    looks: { turns: 2, tailSeconds: 2, tailPerSecond: 50, liveSeconds: 3, livePerSecond: 1_000 },
  },
};

export const sizesOf = (isQuick) => (isQuick ? quick : full);
