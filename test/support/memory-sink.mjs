// A sink module of a test: keeps what it is given in a file, one line a batch, and fails as it is told.
// options: { path, failures?, end? }: fails so many appends first; with `end` the thread ends instead, by
// `exit` or by an error that nobody catches (`throw`).
import { appendFileSync } from 'node:fs';

export default ({ path, failures = 0, end }) => {
  let left = failures;
  return {
    async append(run, events, { durable }) {
      if (end === 'exit') setImmediate(() => process.exit(1));
      if (end === 'throw') setImmediate(() => Promise.reject(new Error('thrown on purpose')));
      if (end !== undefined) return new Promise(() => {});
      if (left-- > 0) throw new Error('not yet');
      const kept = events.map(({ lane, sequence, event }) => ({
        place: `${run.run}/${lane}/${sequence}`,
        id: event.requestId,
        severity: event.severity,
        type: event.eventType,
      }));
      appendFileSync(path, `${JSON.stringify({ durable, events: kept })}\n`);
      return { inserted: events.length, duplicates: 0, rejected: [] };
    },
    async close() {},
  };
};
