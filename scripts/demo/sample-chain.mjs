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
