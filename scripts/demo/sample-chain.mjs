/** A chain longer than this does not fit a screen. */
const EVENTS_MAX = 11;
/** Late requests looked at to find a telling one. */
const CANDIDATES_MAX = 200;

/**
 * Picks the request whose chain the run shows: late, if there is one; better, late after a preemption; short enough for
 * a screen.
 *
 * @param {import('aegis-trace').TraceCollector} collector
 * @returns {{ requestId: string, kind: string } | undefined} undefined when no request has completed
 */
export function pickSample(collector) {
  const idsOf = (eventType) => collector.query({ eventType }).map(({ requestId }) => requestId);
  const missed = idsOf('deadline_miss');
  // From the middle of the run on: at its beginning code is still being compiled.
  const middle = missed.length >> 1;
  const late = [...missed.slice(middle), ...missed.slice(0, middle)];
  if (late.length === 0) {
    const [requestId] = collector
      .query({ eventType: 'completion', limit: 1 })
      .map((event) => event.requestId);
    return requestId === undefined ? undefined : { requestId, kind: 'a request (none was late)' };
  }
  const preempted = new Set(idsOf('preemption'));
  const candidates = [
    ...late.filter((requestId) => preempted.has(requestId)),
    ...late.filter((requestId) => !preempted.has(requestId)),
  ].slice(0, CANDIDATES_MAX);
  // Without a short one, the first: the chain of a long answer is long.
  const requestId =
    candidates.find((id) => isTelling(collector.reconstructDecisionChain(id))) ?? candidates[0];
  return { requestId, kind: 'a late request' };
}

/** From its admission to its answer, on one screen. */
function isTelling(chain) {
  return (
    chain.length <= EVENTS_MAX &&
    chain[0]?.eventType === 'admission_result' &&
    chain.at(-1)?.eventType === 'completion'
  );
}
