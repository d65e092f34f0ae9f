import { useMemo } from 'preact/hooks';
import { quoteValue } from '../../wire/query-line-scanner.js';
import type { GraphAnswer, PercentilesAnswer, ProcessesAnswer } from '../data/answers.js';
import { ask, pathOf } from '../data/api.js';
import { goWith, param, range, view } from '../data/router.js';
import { useAnswer } from '../data/use-answer.js';
import { agoText, countText, millisText } from '../logic/format.js';
import { NODE_HEIGHT, NODE_WIDTH, placedGraph, shownEdges } from '../logic/graph-layout.js';
import { placeOf, urlOf } from '../logic/view.js';
import { Empty, Loading, ProblemNotice } from '../parts/notices.js';
import { RangePicker } from '../parts/range-picker.js';
import { TableScroll } from '../parts/table-scroll.js';
import { isTable, TableToggle } from '../parts/table-toggle.js';
import { rangeParams } from './event-params.js';

type Process = ProcessesAnswer['items'][0];

/** Who calls whom. */
export default function GraphPage() {
  const key = JSON.stringify(range.value);
  const { data, problem, isLoading, retry } = useAnswer(key, async (signal) => {
    const [graph, processes] = await Promise.all([
      ask<GraphAnswer>(pathOf('/graph', rangeParams()), { signal }),
      ask<ProcessesAnswer>(pathOf('/processes', rangeParams()), { signal }),
    ]);
    return { graph, processes: new Map(processes.items.map((item) => [item.process, item])) };
  });
  const centre = param('process');
  const edges = useMemo(
    () => (data === undefined ? [] : shownEdges(data.graph.items, centre)),
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
        <EdgeTable edges={edges as GraphAnswer['items']} />
      ) : (
        <Drawing edges={edges as GraphAnswer['items']} processes={data.processes} />
      )}
      {data?.graph.is_exact === false ? (
        <p class="hint">There were more events than are looked at: this is of the newest 50 000.</p>
      ) : null}
    </div>
  );
}

function Drawing({
  edges,
  processes,
}: {
  edges: GraphAnswer['items'];
  processes: ReadonlyMap<string, Process>;
}) {
  const placed = useMemo(() => placedGraph(edges), [edges]);
  const most = Math.max(...edges.map(({ calls }) => calls));
  return (
    <TableScroll
      label={`${placed.nodes.length} processes and ${edges.length} ways between them: the table has the same`}
    >
      <svg
        class="graph"
        width={placed.width}
        height={placed.height}
        viewBox={`0 0 ${placed.width} ${placed.height}`}
      >
        <title>Calls between processes</title>
        <defs>
          <marker
            id="arrow"
            viewBox="0 0 8 8"
            refX="8"
            refY="4"
            markerUnits="userSpaceOnUse"
            markerWidth="10"
            markerHeight="10"
            orient="auto"
          >
            <path d="M0 0 8 4 0 8z" />
          </marker>
        </defs>
        {placed.edges.map(({ edge, points }) => (
          <path
            key={`${edge.caller}\n${edge.callee}`}
            class={edge.errors > 0 ? 'edge edge-bad' : 'edge'}
            d={`M${points.map(({ x, y }) => `${x} ${y}`).join('L')}`}
            stroke-width={1 + (3 * edge.calls) / most}
            marker-end="url(#arrow)"
          >
            <title>{`${edge.caller} → ${edge.callee}: ${edge.calls} calls, ${edge.errors} errors`}</title>
          </path>
        ))}
        {placed.nodes.map(({ name, x, y }) => (
          <Node key={name} name={name} x={x} y={y} known={processes.get(name)} />
        ))}
      </svg>
    </TableScroll>
  );
}

function Node({
  name,
  x,
  y,
  known,
}: {
  name: string;
  x: number;
  y: number;
  known: Process | undefined;
}) {
  const left = x - NODE_WIDTH / 2;
  const top = y - NODE_HEIGHT / 2;
  const isBad = (known?.errors ?? 0) > 0;
  return (
    <a
      href={urlOf(placeOf('graph', view.value, { process: name }))}
      class={isBad ? 'node node-bad' : 'node'}
    >
      <title>{name}</title>
      <rect x={left} y={top} width={NODE_WIDTH} height={NODE_HEIGHT} rx="6" />
      <text x={left + 10} y={top + 20} class="node-name">
        {name.length > 26 ? `${name.slice(0, 25)}…` : name}
      </text>
      <text x={left + 10} y={top + 40}>
        {known === undefined
          ? ''
          : `${countText(known.events)} events${isBad ? `, ${countText(known.errors)} ✕` : ''} · ${seenText(known)}`}
      </text>
    </a>
  );
}

const seenText = ({ last_wall_ns: ns }: Process): string =>
  agoText(Date.now() - Number(ns / 1_000_000n));

function About({ process, known }: { process: string; known: Process | undefined }) {
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

function EdgeTable({ edges }: { edges: GraphAnswer['items'] }) {
  return (
    <TableScroll label="Calls">
      <table>
        <thead>
          <tr>
            <th scope="col">Caller</th>
            <th scope="col">Callee</th>
            <th scope="col" class="number">
              Calls
            </th>
            <th scope="col" class="number">
              Errors
            </th>
            <th scope="col">Last</th>
          </tr>
        </thead>
        <tbody>
          {edges.map(({ caller, callee, calls, errors, last_wall_ns: ns }) => (
            <tr key={`${caller}\n${callee}`}>
              <td class="name" dir="auto">
                {caller}
              </td>
              <td class="name" dir="auto">
                {callee}
              </td>
              <td class="number">{countText(calls)}</td>
              <td class={errors > 0 ? 'number bad' : 'number'}>{countText(errors)}</td>
              <td>{agoText(Date.now() - Number(ns / 1_000_000n))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}
