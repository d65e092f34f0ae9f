import { createHash } from 'node:crypto';
import type { ClockAnchor } from '../../event/clock.js';
import { wallNsOf } from '../../event/clock.js';
import type { RecordedEvent, RunInfo } from '../../event/recorded-event.js';
import type { TraceEvent } from '../../event/trace-event.js';
import { formOf } from '../../export/document-form.js';
import { DocumentScanner } from '../../export/document-scanner.js';
import { located, scanElements } from '../../export/read-export.js';
import type { RunBatch } from '../../store/event-store.js';
import { type LineOrigin, parseEventLine } from '../../wire/event-line.js';
import { DocumentSource } from '../document-source.js';
import type { Input } from '../inputs.js';
import { RingSource } from '../ring-source.js';
import type { TraceHead } from '../trace-source.js';
import { type CopyPage, type CopySource, PAGE_EVENTS } from './copy-source.js';

/** An export, a ring or lines. Their cursor is how many events have been read. */
export async function fileSource(input: Input, kind: 'ring' | 'text'): Promise<CopySource> {
  const isLines = kind === 'text' && formOf(input.head) === 'sequence';
  const events = isLines ? linesOf(input) : eventsOf(await sourceOf(input, kind));
  return {
    async *pages(cursor): AsyncGenerator<CopyPage> {
      const skipped = Number(cursor ?? 0);
      let read = 0;
      let page = new BatchesOf();
      for await (const { run, placed } of events) {
        if (read++ < skipped) continue;
        page.add(run, placed);
        if (page.count < PAGE_EVENTS) continue;
        yield { batches: page.batches(), cursor: String(read) };
        page = new BatchesOf();
      }
      if (page.count > 0) yield { batches: page.batches(), cursor: String(read) };
    },
    close: () => undefined,
  };
}

interface OfRun {
  readonly run: RunInfo;
  readonly placed: RecordedEvent;
}

class BatchesOf {
  readonly #runs = new Map<string, { run: RunInfo; events: RecordedEvent[] }>();
  count = 0;

  add(run: RunInfo, placed: RecordedEvent): void {
    const known = this.#runs.get(run.run) ?? { run, events: [] };
    // The one that knows most of its clock.
    known.run = run;
    known.events.push(placed);
    this.#runs.set(run.run, known);
    this.count++;
  }

  batches(): RunBatch[] {
    return [...this.#runs.values()];
  }
}

async function sourceOf(input: Input, kind: 'ring' | 'text') {
  return kind === 'ring' ? new RingSource(await input.path()) : new DocumentSource(input);
}

/** Events without a place get one: their number in what the run recorded, which is the same in each of its exports. */
async function* eventsOf(source: RingSource | DocumentSource): AsyncGenerator<OfRun> {
  const head = await source.head();
  // A selection of an export says the numbers of that one.
  const { selection } = await source.size();
  const { recorded = 0, retained = 0 } = (selection === undefined && head.metadata) || {};
  let sequence = recorded - retained;
  let run: RunInfo | undefined;
  for await (const event of source.events()) {
    run ??= runOf(head, event, selection === undefined);
    yield { run, placed: { lane: 0, sequence: sequence++, event } };
  }
}

/**
 * A run of its own: the places of these events are none of the recorder's. The same one whenever the same run, or the same
 * selection of one, is copied.
 */
function runOf(
  { metadata, clock }: Pick<TraceHead, 'metadata' | 'clock'>,
  { eventId }: TraceEvent,
  isWhole: boolean,
): RunInfo {
  const identity =
    isWhole && metadata?.runId !== undefined
      ? ['copy', metadata.runId]
      : ['copy', metadata?.runId ?? '', eventId];
  return {
    run: uuidOf(JSON.stringify(identity)),
    pid: metadata?.pid ?? 0,
    anchors: clock?.anchors ?? [{ steadyNs: 0n, wallNs: 0n }],
  };
}

/** Of version 8, by a digest: https://www.rfc-editor.org/rfc/rfc9562#section-5.8. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  const variant = ((Number.parseInt(hex[16] as string, 16) & 3) | 8).toString(16);
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`];
  return [...parts, `${variant}${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-');
}

/** Lines have their places, and the wall time of each event: the clock of their run is made of these. */
async function* linesOf(input: Input): AsyncGenerator<OfRun> {
  const runs = new Map<string, RunInfo>();
  const scanner = new DocumentScanner('sequence');
  let count = 0;
  let plain: RunInfo | undefined;
  for await (const elements of scanElements(input.name, input.chunks(), scanner)) {
    for (const { text, offset } of elements) {
      const line = lineAt(text, `${input.name}: event ${count} at byte ${offset}`);
      if (line.origin === undefined) {
        plain ??= runOf({ metadata: undefined, clock: undefined }, line.event, false);
        yield { run: plain, placed: { lane: 0, sequence: count++, event: line.event } };
        continue;
      }
      count++;
      const { lane, sequence } = line.origin;
      const run = clockedRun(runs.get(line.origin.run), line.origin, line.event);
      runs.set(run.run, run);
      yield { run, placed: { lane, sequence, event: line.event } };
    }
  }
}

function lineAt(text: string, place: string): ReturnType<typeof parseEventLine> {
  try {
    return parseEventLine(text);
  } catch (error) {
    throw located(place, error);
  }
}

/** A run whose clock places an event where its line does. */
function clockedRun(
  known: RunInfo | undefined,
  { run, pid = 0, wallNs }: LineOrigin,
  { timestampNs: steadyNs }: TraceEvent,
): RunInfo {
  if (known === undefined) return { run, pid, anchors: [{ steadyNs, wallNs }] };
  if (wallNsOf(known, steadyNs) === wallNs) return known;
  const others = known.anchors.filter((anchor) => anchor.steadyNs !== steadyNs);
  const anchors: ClockAnchor[] = [...others, { steadyNs, wallNs }];
  anchors.sort((a, b) => (a.steadyNs < b.steadyNs ? -1 : 1));
  return { ...known, anchors };
}
