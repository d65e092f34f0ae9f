import type { ComponentChildren } from 'preact';
import type { HubProblem } from '../data/api.js';

/** What went wrong, with its code, and a way to try again. The rows that were there stay. */
export function ProblemNotice({
  problem,
  onRetry,
}: {
  problem: HubProblem | undefined;
  onRetry: () => void;
}) {
  if (problem === undefined) return null;
  const wait = problem.retryAfterS === undefined ? '' : ` Try again in ${problem.retryAfterS} s.`;
  return (
    <div class="notice notice-bad" role="alert">
      <span>
        {problem.message}
        {wait} <code>{problem.code}</code>
      </span>
      <button type="button" onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}

/** Why there is nothing, and what to do. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** Says that something is on its way; takes no room. */
export function Loading({ isLoading }: { isLoading: boolean }) {
  return (
    <div class="loading" role="status">
      {isLoading ? 'Loading…' : ''}
    </div>
  );
}

/** How to send the first events. */
export function FirstSteps() {
  return (
    <>
      <p>No event has come yet. In the folder in which the hub runs, a service sends with</p>
      <pre>
        {`import { TraceCollector } from 'aegis-trace';
import { startPipeline } from 'aegis-trace/pipeline';
await startPipeline({ collector: new TraceCollector(), sink: { hub: {} } });`}
      </pre>
      <p>
        or try it: <code>npm start -- --serve</code>
      </p>
    </>
  );
}
