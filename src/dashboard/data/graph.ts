import { rateText } from '../logic/format.js';
import type { GraphAnswer, OverviewAnswer, ProcessesAnswer } from './answers.js';
import { ask, pathOf } from './api.js';

/** What is known of a process in the span of time. */
export interface GraphProcess {
  readonly events: number;
  readonly errors: number;
  readonly lastWallNs: bigint;
  readonly rate: string;
  /** Of the hundred busiest. */
  readonly p95Ms: number | undefined;
}

export interface KnownGraph {
  readonly edges: GraphAnswer['items'];
  readonly isExact: boolean;
  readonly processes: ReadonlyMap<string, GraphProcess>;
}

/** Who calls whom in a span of time, and how each of them is. @throws HubProblem (rejects). */
export async function askGraph(
  range: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<KnownGraph> {
  const [graph, processes, overview] = await Promise.all([
    ask<GraphAnswer>(pathOf('/graph', range), { signal }),
    ask<ProcessesAnswer>(pathOf('/processes', range), { signal }),
    ask<OverviewAnswer>(pathOf('/overview', { ...range, buckets: 2 }), { signal }),
  ]);
  return {
    edges: graph.items,
    isExact: graph.is_exact,
    processes: knownOf(processes, overview),
  };
}

function knownOf(
  { items }: ProcessesAnswer,
  overview: OverviewAnswer,
): ReadonlyMap<string, GraphProcess> {
  const p95 = new Map(overview.processes.map(({ process, p95_ms: ms }) => [process, ms]));
  const first = overview.items[0]?.from_wall_ns ?? 0n;
  const last = overview.items.at(-1)?.to_wall_ns ?? first;
  const spanMs = Number((last - first) / 1_000_000n);
  return new Map(
    items.map(({ process, events, errors, last_wall_ns: lastWallNs }) => [
      process,
      { events, errors, lastWallNs, rate: rateText(events, spanMs), p95Ms: p95.get(process) },
    ]),
  );
}
