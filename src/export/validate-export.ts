import { readFileSync } from 'node:fs';
import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import { show, TraceError } from '../errors.js';
import { parseEventJson } from '../event/json-event.js';
import { parseEventLine } from '../wire/event-line.js';
import { formOf } from './document-form.js';
import { type DocumentElement, type DocumentForm, DocumentScanner } from './document-scanner.js';
import {
  counterProblem,
  EXPORT_FORMAT_VERSION,
  type ExportMetadata,
  parseClock,
  parseMetadata,
  retainedProblem,
} from './export-metadata.js';
import type { ReadOptions } from './read-chunks.js';
import { readElements, scanElements } from './read-export.js';

/** One thing that is wrong with an export. */
export interface ValidationProblem {
  /** The index of the event concerned, from 0; undefined for the document or its metadata. */
  event: number | undefined;
  /** JSON Pointer to what is wrong, such as `/events/3/severity`; empty for the document. */
  path: string;
  /** What was expected and what came. */
  message: string;
}

/** What {@link validateExport} found. */
export interface ValidationReport {
  /** Whether there is no problem at all. */
  valid: boolean;
  /** Events that were checked. */
  events: number;
  /** Undefined when the file has none that can be understood. */
  metadata: ExportMetadata | undefined;
  /**
   * When these are some of another file's events: how many that one had, if it is known. Only the commands
   * take selections; of an export that has fewer events than it says, {@link validateExport} says so.
   */
  selection?: { of: number | undefined } | undefined;
  /** The first {@link PROBLEMS_MAX} problems. */
  problems: ValidationProblem[];
  /** All of them, listed or not. */
  problemCount: number;
}

/** Problems listed at most: whoever has seen a hundred has seen enough. */
export const PROBLEMS_MAX = 100;

/**
 * Checks an export against the JSON Schema that ships with the package, and what a schema cannot
 * say: integers within 64 bits to the last digit, no name twice, as many events as the metadata
 * says, counters that add up. Goes on after a bad event; stops where the structure of the document
 * is lost or its version is unknown. Memory is constant whatever the size of the file.
 *
 * @throws TraceError `ERR_TRACE_FILE` when the file cannot be opened or read;
 * `ERR_TRACE_CANCELLED`. A file that is no export at all is a report, not an error.
 */
export async function validateExport(
  path: string,
  options: ReadOptions = {},
): Promise<ValidationReport> {
  return validateElements(readElements(path, options));
}

/**
 * The same for what was made of an export (by `query --json`, jq, Python) and for JSON lines: fewer events
 * than the metadata says are no problem, nor is it that there is none.
 *
 * @param path - for messages.
 * @param head - how the bytes begin.
 * @internal
 */
export async function validateSelection(
  path: string,
  chunks: AsyncIterable<Buffer>,
  head: Buffer,
): Promise<ValidationReport> {
  const form = formOf(head);
  const scanner = new DocumentScanner(form);
  const elements = scanElements(path, chunks, scanner);
  return validateElements(elements, { form, scanner });
}

/** The same for the elements of a document that is in no file. @internal */
export async function validateElements(
  source: AsyncIterable<readonly DocumentElement[]>,
  selection?: { form: DocumentForm; scanner: DocumentScanner },
): Promise<ValidationReport> {
  schemaChecks ??= loadSchema();
  const check = new ExportCheck(await schemaChecks, selection);
  try {
    for await (const elements of source) {
      for (const element of elements) {
        if (!check.element(element)) return check.report();
      }
    }
    check.end();
  } catch (error) {
    if (!(error instanceof TraceError) || error.code !== 'ERR_TRACE_FORMAT') throw error;
    check.problem(undefined, '', error.message);
  }
  return check.report();
}

interface SchemaChecks {
  metadata: ValidateFunction;
  event: ValidateFunction;
}

// Compiling takes longer than checking a small file.
let schemaChecks: Promise<SchemaChecks> | undefined;

async function loadSchema(): Promise<SchemaChecks> {
  // Loaded here, because a process that only records should not pay for a validator.
  const { Ajv2020 } = await import('ajv/dist/2020.js');
  const url = new URL('./trace-export.schema.json', import.meta.url);
  const schema = JSON.parse(readFileSync(url, 'utf8')) as { $id: string };
  const ajv = new Ajv2020({ allErrors: true, verbose: true });
  ajv.addSchema(schema);
  const part = (name: string): ValidateFunction =>
    ajv.compile({ $ref: `${schema.$id}#/$defs/${name}` });
  return { metadata: part('metadata'), event: part('event') };
}

class ExportCheck {
  readonly #schema: SchemaChecks;
  readonly #selection: { form: DocumentForm; scanner: DocumentScanner } | undefined;
  readonly #problems: ValidationProblem[] = [];
  #problemCount = 0;
  #events = 0;
  #metadata: ExportMetadata | undefined;

  #hasOrigins = false;

  constructor(
    schema: SchemaChecks,
    selection: { form: DocumentForm; scanner: DocumentScanner } | undefined,
  ) {
    this.#schema = schema;
    this.#selection = selection;
  }

  /** @returns whether it makes sense to go on. */
  element(element: DocumentElement): boolean {
    if (element.kind === 'metadata') return this.#checkMetadata(element.text);
    if (element.kind === 'clock') {
      this.#understood(undefined, '/clock', () => parseClock(element.text));
      return true;
    }
    const index = this.#events++;
    const at = `/events/${index}`;
    if (this.#selection?.form === 'sequence') {
      const line = this.#understood(index, at, () => parseEventLine(element.text));
      this.#hasOrigins ||= line?.origin !== undefined;
      return true;
    }
    if (this.#conforms(this.#schema.event, element.text, index, at)) {
      this.#understood(index, at, () => parseEventJson(element.text));
    }
    return true;
  }

  /** To be called when the document has ended as it should. */
  end(): void {
    if (this.#selection?.scanner.isCut) {
      this.problem(this.#events, `/events/${this.#events}`, 'the last event is cut off');
    }
    if (this.#isSelection()) return;
    const problem = this.#metadata && retainedProblem(this.#metadata, this.#events);
    if (problem !== undefined) this.problem(undefined, '/metadata/retained', problem);
  }

  problem(event: number | undefined, path: string, message: string): void {
    this.#problemCount++;
    if (this.#problems.length < PROBLEMS_MAX) this.#problems.push({ event, path, message });
  }

  report(): ValidationReport {
    return {
      valid: this.#problemCount === 0,
      events: this.#events,
      metadata: this.#metadata,
      selection:
        this.#problemCount === 0 && this.#isSelection()
          ? { of: this.#metadata?.retained ?? this.#selection?.scanner.of }
          : undefined,
      problems: this.#problems,
      problemCount: this.#problemCount,
    };
  }

  #isSelection(): boolean {
    if (this.#selection === undefined || this.#hasOrigins) return false;
    return this.#metadata === undefined || this.#events < this.#metadata.retained;
  }

  #checkMetadata(text: string): boolean {
    if (!this.#conforms(this.#schema.metadata, text, undefined, '/metadata')) {
      // The events of another version are not to be judged by this one's schema.
      return versionOf(text) === EXPORT_FORMAT_VERSION;
    }
    this.#metadata = this.#understood(undefined, '/metadata', () => parseMetadata(text));
    const problem = this.#metadata && counterProblem(this.#metadata);
    if (problem !== undefined) this.problem(undefined, '/metadata', problem);
    return true;
  }

  #conforms(
    validate: ValidateFunction,
    text: string,
    event: number | undefined,
    path: string,
  ): boolean {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      this.problem(event, path, `must be JSON: ${(error as Error).message}`);
      return false;
    }
    if (validate(value)) return true;
    for (const error of validate.errors ?? []) {
      this.problem(event, path + error.instancePath, describe(error));
    }
    return false;
  }

  #understood<T>(event: number | undefined, path: string, parse: () => T): T | undefined {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof TraceError)) throw error;
      this.problem(event, path, error.message);
      return undefined;
    }
  }
}

function versionOf(metadataText: string): unknown {
  try {
    return (JSON.parse(metadataText) as Record<string, unknown>).format_version;
  } catch {
    return undefined;
  }
}

/** Ajv's sentence, with the value it would have and the one that came. */
function describe(error: ErrorObject): string {
  const { keyword, params, data } = error;
  const sentence = error.message ?? keyword;
  if (keyword === 'additionalProperties') {
    return `${sentence}; got ${show(params.additionalProperty)}`;
  }
  if (keyword === 'const') return `must be ${show(params.allowedValue)}; got ${show(data)}`;
  if (keyword === 'enum')
    return `must be one of ${params.allowedValues.join(', ')}; got ${show(data)}`;
  return keyword === 'required' ? sentence : `${sentence}; got ${show(data)}`;
}
