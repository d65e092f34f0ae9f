/** Of more decisions than this, with their calls and log lines, a screen shows not all. */
const DECISIONS_MAX = 9;
/** Requests looked at to find a telling one. */
const CANDIDATES_MAX = 200;

/**
 * Picks the request whose story the run shows: late, if there is one; better, late after a preemption; short enough for
 * a screen. Else one that was rejected, else the one with the most work.
 *
 * @param {import('aegis-trace').TraceCollector} collector
 * @returns {{ requestId: string, kind: string } | undefined} undefined when nothing was recorded
 */
export function pickSample(collector) {
  const missed = idsOf(collector, { eventType: 'deadline_miss' });
  if (missed.length > 0) return { requestId: pickLate(collector, missed), kind: 'a late request' };
  const turnedAway = { eventType: 'admission_result', minSeverity: 'Warning' };
  const [rejected] = idsOf(collector, turnedAway).reverse();
  if (rejected !== undefined) return { requestId: rejected, kind: 'a rejected request' };
  const longest = mostFrequent(idsOf(collector, { eventType: 'work_quantum' }));
  return longest && { requestId: longest, kind: 'a long request (none was late)' };
}

/** Events of one in flight, with its log lines, that fit on a screen. */
const IN_FLIGHT_EVENTS_MAX = 14;

/**
 * Picks one of the requests that were in flight at a crash: one that was being worked on, with as much of a story as a
 * screen shows.
 *
 * @param {import('../proof/chain-check.mjs').RequestInFlight[]} requests
 * @returns {import('../proof/chain-check.mjs').RequestInFlight | undefined}
 */
export function pickInFlight(requests) {
  const short = requests.filter(({ events }) => events <= IN_FLIGHT_EVENTS_MAX);
  const running = short.filter(({ state }) => state === 'running');
  const most = (all) => all.toSorted((a, b) => b.events - a.events)[0];
  return most(running) ?? most(short) ?? requests[0];
}

const idsOf = (collector, query) => collector.query(query).map(({ requestId }) => requestId);

function pickLate(collector, missed) {
  // From the middle of the run on: at its beginning code is still being compiled.
  const middle = missed.length >> 1;
  const late = [...missed.slice(middle), ...missed.slice(0, middle)];
  const preempted = new Set(idsOf(collector, { eventType: 'preemption' }));
  const candidates = [
    ...late.filter((requestId) => preempted.has(requestId)),
    ...late.filter((requestId) => !preempted.has(requestId)),
  ].slice(0, CANDIDATES_MAX);
  // Without a short one, the first: the chain of a long answer is long.
  const isTelling = (id) => hasWholeStory(collector.reconstructDecisionChain(id));
  return candidates.find(isTelling) ?? candidates[0];
}

/** From its admission to its answer, with its calls, on one screen. */
function hasWholeStory(chain) {
  const decisions = chain.filter(({ eventType }) => eventType !== 'function_call');
  return (
    decisions.length < chain.length &&
    decisions.length <= DECISIONS_MAX &&
    decisions[0]?.eventType === 'admission_result' &&
    decisions.at(-1)?.eventType === 'completion'
  );
}

function mostFrequent(ids) {
  const counts = new Map();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return [...counts].reduce(
    (most, entry) => (entry[1] > most[1] ? entry : most),
    [undefined, 0],
  )[0];
}
