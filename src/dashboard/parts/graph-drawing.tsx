import { useMemo } from 'preact/hooks';
import type { GraphProcess, KnownGraph } from '../data/graph.js';
import { view } from '../data/router.js';
import { agoText, countText, millisText } from '../logic/format.js';
import { NODE_HEIGHT, NODE_WIDTH, placedGraph } from '../logic/graph-layout.js';
import { placeOf, urlOf } from '../logic/view.js';
import { TableScroll } from './table-scroll.js';

/** Who calls whom, drawn; a click on a process shows its neighbours. */
export function GraphDrawing({
  edges,
  processes,
}: {
  edges: KnownGraph['edges'];
  processes: KnownGraph['processes'];
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
  known: GraphProcess | undefined;
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
      {known === undefined ? null : (
        <>
          <text x={left + 10} y={top + 40}>
            {`${known.rate}${isBad ? ` · ${countText(known.errors)} ✕` : ''}`}
          </text>
          <text x={left + 10} y={top + 58}>
            {`P95 ${known.p95Ms === undefined ? '–' : millisText(known.p95Ms)} · ${seenText(known)}`}
          </text>
        </>
      )}
    </a>
  );
}

export const seenText = ({ lastWallNs: ns }: GraphProcess): string =>
  agoText(Date.now() - Number(ns / 1_000_000n));
