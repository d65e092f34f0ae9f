// A minute of a cluster: processes that send, hubs that store in groups, shards that take one insert after the other, and
// what becomes of batches while a part fails. A simulation by events: https://en.wikipedia.org/wiki/Discrete-event_simulation

/** What comes next in time. A binary heap: https://en.wikipedia.org/wiki/Binary_heap */
class Agenda {
  #items = [];

  add(atMs, action) {
    const items = this.#items;
    let index = items.push({ atMs, action }) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (items[parent].atMs <= items[index].atMs) break;
      [items[parent], items[index]] = [items[index], items[parent]];
      index = parent;
    }
  }

  next() {
    const items = this.#items;
    const [first] = items;
    const last = items.pop();
    if (items.length === 0) return first;
    items[0] = last;
    for (let index = 0; ; ) {
      const [left, right] = [2 * index + 1, 2 * index + 2];
      let least = index;
      if (left < items.length && items[left].atMs < items[least].atMs) least = left;
      if (right < items.length && items[right].atMs < items[least].atMs) least = right;
      if (least === index) return first;
      [items[least], items[index]] = [items[index], items[least]];
      index = least;
    }
  }
}

/** Numbers of [0, 1) that are the same each time: https://en.wikipedia.org/wiki/Linear_congruential_generator */
function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** How long a sender waits after 503, and until a batch without an answer is taken by another hub; milliseconds. */
const RETRY_MS = 1_000;
const HOLD_MS = 10_500;
/** How long an insert waits for a replica that is away, until its keeper has noticed. */
const QUORUM_TIMEOUT_MS = 5_000;

/**
 * @param {object} options eventsPerS, senders, batch (events), hubs, shards, replicas, seconds, measured (see
 * cluster-plan.mjs), failures ([{ part: 'hub' | 'replica', atS, forS }]) and seed.
 * @returns batches that were made and acknowledged, those that were sent again, P50 and P99 of how long one took from being
 * made to its answer in ms, the most events that waited in senders, and after how many seconds nothing waited any more.
 */
export function simulateCluster(options) {
  const { eventsPerS, senders, batch, hubs, shards, replicas, seconds, measured } = options;
  const random = randomFrom(options.seed ?? 1);
  const agenda = new Agenda();
  const endMs = seconds * 1000;
  const hubList = Array.from({ length: hubs }, () => ({ isUp: true, freeMs: 0, life: 0 }));
  const shardList = Array.from({ length: shards }, () => ({
    queue: [],
    isBusy: false,
    away: 0,
    since: 0,
  }));
  const state = { made: 0, acknowledged: 0, again: 0, waiting: 0, waitingMax: 0, doneMs: 0 };
  const tookMs = [];

  const senderList = Array.from({ length: senders }, (_, index) => ({
    shard: shardList[index % shards],
    queue: [],
    isSending: false,
    /** Batches of its request. */
    sent: 0,
  }));

  const make = (sender, nowMs) => {
    if (nowMs >= endMs) return;
    state.made++;
    state.waiting++;
    state.waitingMax = Math.max(state.waitingMax, state.waiting);
    sender.queue.push(nowMs);
    if (!sender.isSending) send(sender, nowMs);
    // As a Poisson process, whose gaps are exponential.
    const gapMs = (-Math.log(1 - random()) * senders * batch * 1000) / eventsPerS;
    agenda.add(nowMs + gapMs, (at) => make(sender, at));
  };

  const send = (sender, nowMs) => {
    if (sender.queue.length === 0) {
      sender.isSending = false;
      return;
    }
    sender.isSending = true;
    const up = hubList.filter(({ isUp }) => isUp);
    const hub = up[Math.floor(random() * up.length)];
    if (hub === undefined) return again(sender, nowMs, RETRY_MS);
    // What has waited goes with it.
    sender.sent = Math.min(
      sender.queue.length,
      Math.max(1, Math.floor(measured.requestEvents / batch)),
    );
    // Read by one thread of the hub, one after the other.
    hub.freeMs = Math.max(hub.freeMs, nowMs) + ((sender.sent * batch) / measured.hubPerS) * 1000;
    const { life } = hub;
    agenda.add(hub.freeMs, (at) => {
      if (hub.life !== life) return again(sender, at, HOLD_MS);
      sender.shard.queue.push({ sender, hub, life });
      insert(sender.shard, at);
    });
  };

  const again = (sender, nowMs, afterMs) => {
    state.again++;
    agenda.add(nowMs + afterMs, (at) => send(sender, at));
  };

  /** One group of one hub at a time. */
  const insert = (shard, nowMs) => {
    if (shard.isBusy || shard.queue.length === 0) return;
    const { hub } = shard.queue[0];
    const group = [];
    const rest = [];
    let events = 0;
    for (const item of shard.queue) {
      const isIn = item.hub === hub && events < measured.groupEvents;
      if (isIn) events += item.sender.sent * batch;
      (isIn ? group : rest).push(item);
    }
    shard.queue = rest;
    shard.isBusy = true;
    const hasQuorum = replicas - shard.away > replicas / 2;
    const isNoticed = nowMs - shard.since >= QUORUM_TIMEOUT_MS;
    const eventsMs = events * measured.insertMsPerEvent;
    const storeMs = measured.insertMs + (replicas > 1 ? measured.quorumMs : 0) + eventsMs;
    const ms = hasQuorum ? storeMs : isNoticed ? measured.insertMs : QUORUM_TIMEOUT_MS;
    agenda.add(nowMs + ms, (at) => {
      shard.isBusy = false;
      for (const item of group) {
        if (item.hub.life !== item.life) again(item.sender, at, HOLD_MS);
        else if (hasQuorum) answer(item.sender, at);
        else again(item.sender, at, RETRY_MS);
      }
      insert(shard, at);
    });
  };

  const answer = (sender, nowMs) => {
    state.acknowledged += sender.sent;
    state.waiting -= sender.sent;
    for (const madeMs of sender.queue.splice(0, sender.sent)) tookMs.push(nowMs - madeMs);
    if (state.waiting === 0) state.doneMs = nowMs;
    send(sender, nowMs);
  };

  for (const { part, atS, forS } of options.failures ?? []) {
    agenda.add(atS * 1000, (at) => {
      if (part === 'hub') Object.assign(hubList[0], { isUp: false, life: hubList[0].life + 1 });
      else Object.assign(shardList[0], { away: shardList[0].away + 1, since: at });
    });
    agenda.add((atS + forS) * 1000, (at) => {
      if (part === 'hub') Object.assign(hubList[0], { isUp: true, freeMs: at });
      else shardList[0].away--;
    });
  }
  for (const sender of senderList) agenda.add(random() * 1000, (at) => make(sender, at));

  for (let item = agenda.next(); item !== undefined; item = agenda.next()) item.action(item.atMs);
  tookMs.sort((a, b) => a - b);
  const shareOf = (share) => tookMs[Math.max(0, Math.ceil(share * tookMs.length) - 1)] ?? 0;
  return {
    made: state.made,
    acknowledged: state.acknowledged,
    again: state.again,
    p50Ms: shareOf(0.5),
    p99Ms: shareOf(0.99),
    waitingMax: state.waitingMax * batch,
    doneS: state.doneMs / 1000,
  };
}
