// Proves that a crash has taken nothing that it must not take. The run that crashed has said, in files of its own, what
// it had been told; ring and database are held against that.

import { rowProblems } from './store-check.mjs';

/**
 * @param {import('./remains.mjs').Remains} remains
 * @param {number} threads that recorded
 * @returns {string[]} what is wrong
 */
export function crashProblems({ trace, stored, returned, flushed }, threads) {
  return [
    ...ringProblems(trace, returned, threads),
    ...chainProblems(trace.verdict, threads),
    ...rowProblems(stored, trace.metadata),
    ...acknowledgedProblems(stored, returned, flushed),
  ];
}

/** Every event whose record() had returned is there, and at most one more of each thread, whose call had not. */
function ringProblems({ metadata, verdict, kept }, returned, threads) {
  const { recovered, dropped, recorded, rejected, truncated } = metadata;
  const { closedWallNs, skippedRecords, skippedChunks } = recovered;
  const problems = [];
  if (closedWallNs !== 0n) problems.push('the ring was closed: nothing has crashed');
  if (returned.length === 0) problems.push('nothing was recorded before the crash');
  if (skippedRecords + skippedChunks > 0) {
    problems.push(`${skippedRecords} records and ${skippedChunks} chunks of the ring are damaged`);
  }
  if (rejected + truncated > 0)
    problems.push(`${rejected + truncated} events were not taken whole`);
  const gone = returned.filter((eventId) => !kept.has(eventId)).length;
  // The ring counts what is damaged among what it dropped.
  const byDesign = dropped - skippedRecords;
  if (gone > byDesign) {
    problems.push(`${gone} events were recorded and are not in the ring; it dropped ${byDesign}`);
  }
  const ahead = recorded - verdict.own - returned.length;
  if (ahead < 0 || ahead > threads) {
    problems.push(
      `the ring counts ${recorded} events; record() had returned ${returned.length} times`,
    );
  }
  return problems;
}

function chainProblems({ problems, problemCount, openCalls }, threads) {
  const found = [...problems];
  if (problemCount > problems.length)
    found.push(`and ${problemCount - problems.length} more chains`);
  if (openCalls > threads) found.push(`${openCalls} calls had not ended, of ${threads} threads`);
  return found;
}

/** What a flush had behind it is in the database, and no fewer errors than were acknowledged by then. */
function acknowledgedProblems({ eventIds, errors }, returned, flushed) {
  const problems = [];
  const missing = returned.slice(0, flushed.events).filter((id) => !eventIds.has(id)).length;
  if (missing > flushed.lost) {
    problems.push(`${missing} events that had been flushed are not in the database`);
  }
  if (errors < flushed.errors) {
    problems.push(`${flushed.errors} errors were acknowledged; the database has ${errors}`);
  }
  return problems;
}
