import { graphlib, layout } from '@dagrejs/dagre';

// Where the processes of a call graph stand.

/** Calls from one process to another. */
export interface Edge {
  readonly caller: string;
  readonly callee: string;
  readonly calls: number;
  readonly errors: number;
}

export interface PlacedNode {
  readonly name: string;
  /** Of its middle. */
  readonly x: number;
  readonly y: number;
}

export interface PlacedEdge {
  readonly edge: Edge;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface PlacedGraph {
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
  readonly width: number;
  readonly height: number;
}

export const NODE_WIDTH = 200;
export const NODE_HEIGHT = 70;
/** Of nodes that are drawn: those with the most calls. More is a knot. */
const NODES_MAX = 100;
const MARGIN = 16;

/** The nodes that are drawn: all of them, the busiest when they are too many, or the neighbours of one. */
export function shownEdges<E extends Edge>(edges: readonly E[], centre: string): readonly E[] {
  const near =
    centre === ''
      ? edges
      : edges.filter(({ caller, callee }) => caller === centre || callee === centre);
  const names = new Set<string>();
  const sorted = [...near].sort((a, b) => b.calls - a.calls);
  return sorted.filter(({ caller, callee }) => {
    const added = [caller, callee].filter((name) => !names.has(name));
    if (names.size + added.length > NODES_MAX) return false;
    for (const name of added) names.add(name);
    return true;
  });
}

export function placedGraph(edges: readonly Edge[]): PlacedGraph {
  const graph = new graphlib.Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: 24, ranksep: 90, marginx: MARGIN, marginy: MARGIN });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { caller, callee } of edges) {
    for (const name of [caller, callee]) {
      graph.setNode(name, { width: NODE_WIDTH, height: NODE_HEIGHT });
    }
  }
  for (const { caller, callee } of edges) if (caller !== callee) graph.setEdge(caller, callee);
  layout(graph);
  const nodes = graph.nodes().map((name: string) => {
    const { x, y } = graph.node(name);
    return { name, x, y };
  });
  const placed = edges
    .filter(({ caller, callee }) => caller !== callee)
    .map((edge) => ({ edge, points: graph.edge(edge.caller, edge.callee)?.points ?? [] }));
  const { width = 0, height = 0 } = graph.graph();
  return { nodes, edges: placed, width, height };
}
