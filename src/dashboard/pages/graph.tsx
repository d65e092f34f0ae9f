import { useMemo } from 'preact/hooks';
import { quoteValue } from '../../wire/query-line-scanner.js';
import type { PercentilesAnswer } from '../data/answers.js';
import { ask, pathOf } from '../data/api.js';
import { askGraph, type GraphProcess } from '../data/graph.js';
import { goWith, param, range, view } from '../data/router.js';
import { useAnswer } from '../data/use-answer.js';
import { countText, millisText } from '../logic/format.js';
import { shownEdges } from '../logic/graph-layout.js';
import { placeOf, urlOf } from '../logic/view.js';
import { GraphDrawing, seenText } from '../parts/graph-drawing.js';
import { GraphTables } from '../parts/graph-tables.js';
import { Empty, Loading, ProblemNotice } from '../parts/notices.js';
import { RangePicker } from '../parts/range-picker.js';
import { isTable, TableToggle } from '../parts/table-toggle.js';
import { rangeParams } from './event-params.js';

/** Who calls whom. */
export default function GraphPage() {
  const key = JSON.stringify(range.value);
  const { data, problem, isLoading, retry } = useAnswer(key, (signal) =>
    askGraph(rangeParams(), signal),
  );
  const centre = param('process');
  const edges = useMemo(
    () => (data === undefined ? [] : shownEdges(data.edges, centre)),
    [data, centre],
  );
  return (
    <div class="page">
      <div class="filters">
        <h1>Graph</h1>
        <RangePicker />
        <TableToggle />
        {centre === '' ? null : (
          <button type="button" onClick={() => goWith({ process: '' })}>
            Whole graph
          </button>
        )}
        <Loading isLoading={isLoading} />
      </div>
      <ProblemNotice problem={problem} onRetry={retry} />
      {data !== undefined && edges.length === 0 ? (
        <Empty title="No calls here">
          <p>
            Who calls whom is known of functions that <code>monitor()</code> records, and of spans
            of OpenTelemetry.
          </p>
        </Empty>
      ) : null}
      {centre === '' ? null : <About process={centre} known={data?.processes.get(centre)} />}
      {data === undefined || edges.length === 0 ? null : isTable() ? (
        <GraphTables edges={edges} processes={data.processes} />
      ) : (
        <GraphDrawing edges={edges} processes={data.processes} />
      )}
      {data?.isExact === false ? (
        <p class="hint">There were more events than are looked at: this is of the newest 50 000.</p>
      ) : null}
    </div>
  );
}

function About({ process, known }: { process: string; known: GraphProcess | undefined }) {
  const { data } = useAnswer(`${process} ${JSON.stringify(range.value)}`, (signal) =>
    ask<PercentilesAnswer>(pathOf('/percentiles', { process, ...rangeParams() }), { signal }),
  );
  const shown = (ms: number | undefined): string => (ms === undefined ? '–' : millisText(ms));
  return (
    <dl class="facts facts-row">
      <div>
        <dt>Process</dt>
        <dd dir="auto">
          <a
            href={urlOf(placeOf('events', view.value, { where: `process:${quoteValue(process)}` }))}
          >
            {process}
          </a>
        </dd>
      </div>
      <div>
        <dt>Events</dt>
        <dd>{known === undefined ? '–' : countText(known.events)}</dd>
      </div>
      <div>
        <dt>Errors</dt>
        <dd>{known === undefined ? '–' : countText(known.errors)}</dd>
      </div>
      <div>
        <dt>P50 · P95 · P99</dt>
        <dd>
          {shown(data?.p50_ms)} · {shown(data?.p95_ms)} · {shown(data?.p99_ms)}
        </dd>
      </div>
      <div>
        <dt>Last seen</dt>
        <dd>{known === undefined ? '–' : seenText(known)}</dd>
      </div>
    </dl>
  );
}
