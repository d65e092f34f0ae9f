import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { TraceError, type TraceErrorCode } from '../errors.js';

/** The limits of native/include/aegis/trace/limits.hpp, in bytes or counts. */
export interface NativeLimits {
  readonly identifierBytes: number;
  readonly rationaleBytes: number;
  readonly attributes: number;
  readonly attributeKeyBytes: number;
  readonly attributeValueBytes: number;
  readonly recordBytes: number;
  readonly defaultCapacity: number;
  readonly maxCapacity: number;
  readonly minRingBytes: number;
  readonly maxRingBytes: number;
  readonly defaultErrorLaneBytes: number;
  readonly minErrorLaneBytes: number;
  readonly maxErrorLaneBytes: number;
}

/** A query taken apart, in the order in which native code expects it. */
export type NativeQuery = readonly [
  start: bigint | undefined,
  end: bigint | undefined,
  eventType: string | undefined,
  modelId: string | undefined,
  component: string | undefined,
  requestId: string | undefined,
  minSeverity: number | undefined,
  limit: number | undefined,
];

/** Records come back as one ArrayBuffer; see decode.ts. */
export interface NativeReader {
  read(maxEvents: number, missed: Float64Array): ArrayBuffer;
  close(): void;
}

/** The fields of a RunInfo. */
export type NativeOwner = readonly [run: string, pid: number, steadyNs: bigint, wallNs: bigint];

/** Records with their places come back as one ArrayBuffer; see decodePlacedEvents. */
export interface NativeDrain {
  owner(): NativeOwner;
  peekErrors(maxEvents: number, maxBytes: number): ArrayBuffer;
  acknowledgeErrors(): void;
  readEvents(maxEvents: number, missed: Float64Array): ArrayBuffer;
  stats(out: Float64Array): void;
  close(): number;
}

export interface NativeLeftSpill {
  owner(): NativeOwner | undefined;
  peek(maxEvents: number, maxBytes: number): ArrayBuffer;
  acknowledge(): void;
  skipped(): number;
  remove(): void;
  close(): void;
}

/**
 * Records the event whose numbers lie in the frame. `rest` is its id, then every key and value,
 * joined. Throws nothing.
 */
export type RecordStrings = (
  eventType: string,
  component: string,
  modelId: string,
  requestId: string,
  rationale: string,
  rest: string,
) => void;

export interface NativeCollector {
  recorder(): RecordStrings;
  reject(): void;
  size(): number;
  stats(out: Float64Array): void;
  clear(): void;
  query(...query: NativeQuery): ArrayBuffer;
  queryAsync(...query: NativeQuery): Promise<ArrayBuffer>;
  exportJson(path: string, control: Int32Array): Promise<number>;
  reader(): NativeReader;
  drain(errorLaneBytes: number, spillFolder: string): NativeDrain;
  nativeHandle(): bigint;
  share(): string;
  close(): void;
}

interface NativeModule {
  NativeCollector: {
    new (frame: ArrayBuffer, capacity: number, maxBytes: number): NativeCollector;
    new (frame: ArrayBuffer, sharedName: string): NativeCollector;
  };
  NativeLeftSpill: new (path: string) => NativeLeftSpill;
  listLeftSpills(folder: string): string[];
  setErrorClass(errorClass: new (code: TraceErrorCode, message: string) => TraceError): void;
  limits: NativeLimits;
}

function load(): NativeModule {
  const packageRoot = fileURLToPath(new URL('../..', import.meta.url));
  try {
    const require = createRequire(import.meta.url);
    const find = require('node-gyp-build') as (directory: string) => NativeModule;
    const native = find(packageRoot);
    native.setErrorClass(TraceError);
    return native;
  } catch (cause) {
    throw new TraceError(
      'ERR_TRACE_NATIVE',
      `the native addon could not be loaded for ${process.platform}-${process.arch}: this package ` +
        'carries binaries for the platforms its README lists; from a clone, build it with `npm run build`',
      { cause },
    );
  }
}

/** The only door to native code. */
export const native = load();
