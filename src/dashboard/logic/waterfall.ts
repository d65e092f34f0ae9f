import type { PageEvent } from '../data/events.js';

// The chain of a request as rows of a waterfall: calls as bars, each under the call that made it, decisions as marks.

/** A row of a waterfall. Times are nanoseconds after the beginning of the chain, as doubles: they are drawn. */
export interface WaterfallRow {
  readonly kind: 'call' | 'decision';
  readonly stored: PageEvent;
  readonly depth: number;
  readonly startNs: number;
  readonly endNs: number;
  readonly isError: boolean;
  readonly label: string;
}

export interface Waterfall {
  readonly rows: readonly WaterfallRow[];
  /** Of the first event: Unix nanoseconds. */
  readonly startWallNs: bigint;
  /** From the first event to the last end; 1 at least. */
  readonly lengthNs: number;
  /** The numbers of the rows that are errors, rising. */
  readonly errors: readonly number[];
}

/** A call that monitor() has recorded, and a span of OpenTelemetry. */
const CALLS: ReadonlySet<string> = new Set(['function_call', 'span']);
const LABEL_CHARACTERS = 200;

/** Time linear in the number of events, but for sorting them. */
export function waterfallOf(chain: readonly PageEvent[]): Waterfall {
  let startWallNs = chain[0]?.wallNs ?? 0n;
  for (const { wallNs } of chain) if (wallNs < startWallNs) startWallNs = wallNs;
  const depthOf = depths(chain);
  const rows = chain
    .map((stored): WaterfallRow => {
      const { event } = stored;
      const isCall = CALLS.has(event.eventType);
      const startNs = Number(stored.wallNs - startWallNs);
      const lasts = isCall ? Math.max(0, Number(event.durationNs)) : 0;
      return {
        kind: isCall ? 'call' : 'decision',
        stored,
        depth: depthOf(stored),
        startNs,
        endNs: startNs + lasts,
        isError: stored.status === 'ERR',
        label: labelOf(stored, isCall),
      };
    })
    .sort((a, b) => a.startNs - b.startNs || a.depth - b.depth);
  const lengthNs = rows.reduce((longest, { endNs }) => Math.max(longest, endNs), 1);
  const errors = rows.flatMap(({ isError }, index) => (isError ? [index] : []));
  return { rows, startWallNs, lengthNs, errors };
}

/** How many calls an event is in, by the links that were recorded. */
function depths(chain: readonly PageEvent[]): (stored: PageEvent) => number {
  const byId = new Map(chain.map((stored) => [stored.event.eventId, stored]));
  const known = new Map<string, number>();
  const parentOf = ({ event }: PageEvent): PageEvent | undefined => {
    const { parent_event_id: parent, within_event_id: within } = event.attributes;
    const id = within ?? parent;
    return id === undefined || id === event.eventId ? undefined : byId.get(id);
  };
  return (stored) => {
    // Up to an event whose depth is known, then down again: a chain of calls may be longer than the stack.
    const path: PageEvent[] = [];
    let at: PageEvent | undefined = stored;
    while (at !== undefined && !known.has(at.event.eventId)) {
      known.set(at.event.eventId, 0); // in a circle, which only a damaged file has, somebody is first
      path.push(at);
      at = parentOf(at);
    }
    let depth = at === undefined ? -1 : (known.get(at.event.eventId) as number);
    for (const step of path.reverse()) known.set(step.event.eventId, ++depth);
    return known.get(stored.event.eventId) as number;
  };
}

/** Rationale first: of a decision why, of a call what. */
function labelOf({ process, event }: PageEvent, isCall: boolean): string {
  const { rationale, eventType } = event;
  const why = rationale === '' ? '' : `: ${rationale}`;
  const text = isCall ? process + why : rationale || `${eventType} ${process}`;
  return text.slice(0, LABEL_CHARACTERS).replaceAll(/\s+/g, ' ');
}

/** The next row in a list of rising numbers, or the one before; undefined at its end. */
export function nextIn(numbers: readonly number[], at: number, step: 1 | -1): number | undefined {
  return step === 1
    ? numbers.find((number) => number > at)
    : numbers.findLast((number) => number < at);
}

/** The rows of which a text is in the label, in the process or in an attribute. */
export function rowsWith(rows: readonly WaterfallRow[], text: string): number[] {
  const wanted = text.toLowerCase();
  if (wanted === '') return [];
  const has = (value: string): boolean => value.toLowerCase().includes(wanted);
  return rows.flatMap(({ label, stored: { event, process } }, index) => {
    const isFound =
      has(label) ||
      has(process) ||
      has(event.rationale) ||
      Object.values(event.attributes).some(has);
    return isFound ? [index] : [];
  });
}
