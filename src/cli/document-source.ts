import { TraceError } from '../errors.js';
import type { Anchored, ClockAnchor } from '../event/clock.js';
import type { TraceEvent } from '../event/trace-event.js';
import { formOf } from '../export/document-form.js';
import {
  type DocumentElement,
  type DocumentForm,
  DocumentScanner,
} from '../export/document-scanner.js';
import { type ExportMetadata, parseClock, retainedProblem } from '../export/export-metadata.js';
import { eventOf, located, metadataOf, scanElements } from '../export/read-export.js';
import { parseEventLine } from '../wire/event-line.js';
import type { Input } from './inputs.js';
import { ScannedSource } from './scanned-source.js';
import type { TraceHead, TraceSize } from './trace-source.js';

/** What a pass over a document has found. */
interface Pass {
  metadata?: ExportMetadata | undefined;
  clock?: Anchored | undefined;
  /** Origins of lines say that a sink wrote them: that is all there was. */
  hasOrigins?: boolean;
}

/** Text: an export, a selection of one, or JSON lines. */
export class DocumentSource extends ScannedSource {
  readonly #input: Input;
  readonly #form: DocumentForm;
  #pass: Pass | undefined;
  #size: TraceSize | undefined;

  constructor(input: Input) {
    super();
    this.#input = input;
    this.#form = formOf(input.head);
  }

  async *events(): AsyncGenerator<TraceEvent, void, undefined> {
    const pass: Pass = {};
    const scanner = new DocumentScanner(this.#form);
    let count = 0;
    for await (const elements of this.#elements(scanner)) {
      for (const element of elements) {
        if (element.kind === 'event') yield this.#eventOf(element, count++, pass);
        else this.#note(element, pass);
      }
    }
    this.#pass = pass;
    this.#size = this.#sizeOf(pass, count, scanner);
  }

  async head(): Promise<TraceHead> {
    this.#pass ??= await this.#readHead();
    return { clock: this.#pass.clock, metadata: this.#pass.metadata, database: undefined };
  }

  async size(): Promise<TraceSize> {
    if (this.#size === undefined) for await (const _ of this.events());
    return this.#size as TraceSize;
  }

  /** Reads no more than it takes to know the clock. */
  async #readHead(): Promise<Pass> {
    const pass: Pass = {};
    for await (const elements of this.#elements(new DocumentScanner(this.#form))) {
      for (const element of elements) {
        if (element.kind !== 'event') this.#note(element, pass);
        else if (this.#form === 'sequence') this.#eventOf(element, 0, pass);
        if (pass.clock !== undefined || this.#form === 'sequence') return pass;
      }
    }
    return pass;
  }

  #elements(scanner: DocumentScanner): AsyncGenerator<DocumentElement[], void, undefined> {
    return scanElements(this.#input.name, this.#input.chunks(), scanner);
  }

  #note(element: DocumentElement, pass: Pass): void {
    if (element.kind === 'clock') {
      pass.clock ??= clockOf(this.#input.name, element);
    } else {
      pass.metadata = metadataOf(this.#input.name, element);
      pass.clock = pass.metadata;
    }
  }

  #eventOf(element: DocumentElement, index: number, pass: Pass): TraceEvent {
    if (this.#form !== 'sequence') return eventOf(this.#input.name, element, index);
    try {
      const { event, origin } = parseEventLine(element.text);
      if (origin === undefined) return event;
      pass.hasOrigins = true;
      // Lines of several runs are put on the steady clock of the first one, by wall time.
      pass.clock ??= { anchors: [{ steadyNs: event.timestampNs, wallNs: origin.wallNs }] };
      const { steadyNs, wallNs } = pass.clock.anchors[0] as ClockAnchor;
      return { ...event, timestampNs: steadyNs + (origin.wallNs - wallNs) };
    } catch (error) {
      throw located(`${this.#input.name}: event ${index} at byte ${element.offset}`, error);
    }
  }

  #sizeOf({ metadata, hasOrigins }: Pass, events: number, scanner: DocumentScanner): TraceSize {
    if (metadata !== undefined && events > metadata.retained) {
      const problem = retainedProblem(metadata, events);
      throw new TraceError('ERR_TRACE_FORMAT', `${this.#input.name}: ${problem}`);
    }
    const isAll = hasOrigins || metadata?.retained === events;
    const of = metadata?.retained ?? scanner.of;
    return { events, selection: isAll ? undefined : { of }, isCut: scanner.isCut };
  }
}

/** @throws TraceError `ERR_TRACE_FORMAT`. */
function clockOf(name: string, { text, offset }: DocumentElement): Anchored {
  try {
    return parseClock(text);
  } catch (error) {
    throw located(`${name}: byte ${offset}`, error);
  }
}
