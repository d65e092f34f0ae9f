import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TraceError, type TraceErrorCode } from '../errors.js';
import { checkLayout } from './layout.js';

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
  readonly defaultSpillBytes: number;
  readonly minSpillBytes: number;
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

/** The fields of a RunInfo; of each anchor steadyNs and wallNs, one after the other. */
export type NativeOwner = readonly [run: string, pid: number, ...anchors: bigint[]];

/** Records with their places come back as one ArrayBuffer; see decodeRecordedEvents. */
export interface NativeDrain {
  owner(): NativeOwner;
  peekErrors(maxEvents: number, maxBytes: number): ArrayBuffer;
  acknowledgeErrors(): void;
  readEvents(maxEvents: number, missedAndHeldBack: Float64Array): ArrayBuffer;
  setGate(requestIds: readonly string[] | undefined, threshold: number): void;
  past(maxEvents: number, requestIds: readonly string[], out: BigInt64Array): ArrayBuffer;
  stats(out: Float64Array): void;
  close(): number;
}

export interface NativeOrphanSpill {
  owner(): NativeOwner | undefined;
  peek(maxEvents: number, maxBytes: number): ArrayBuffer;
  acknowledge(): void;
  skipped(): number;
  remove(): void;
  close(): void;
}

/**
 * Records the event whose numbers lie in the frame. `rest` is its id, then every key and value,
 * joined. Throws nothing. True: see takeFileNotice().
 */
export type RecordStrings = (
  eventType: string,
  component: string,
  modelId: string,
  requestId: string,
  rationale: string,
  rest: string,
) => true | undefined;

/** Metadata comes as the JSON of an export's; records as one ArrayBuffer, see decode.ts. */
export interface NativeRingFile {
  open(): Promise<string>;
  read(bytes: number): Promise<ArrayBuffer>;
  metadata(): string;
  exportJson(path: string, control: Int32Array): Promise<string>;
}

export interface NativeCollector {
  recorder(): RecordStrings;
  /** One int32 of the ring's own memory, not 0 while recording is on; undefined where a runtime lets none in. */
  recordingWord(): ArrayBuffer | undefined;
  setRecording(isOn: boolean): void;
  reject(): void;
  size(): number;
  stats(out: Float64Array): void;
  /** Whether something has happened to the ring's file: true once for each thing, in one thread. */
  takeFileNotice(): boolean;
  clear(): void;
  query(...query: NativeQuery): ArrayBuffer;
  queryAsync(...query: NativeQuery): Promise<ArrayBuffer>;
  exportJson(path: string, control: Int32Array): Promise<number>;
  reader(): NativeReader;
  drain(errorLaneBytes: number, spillFolder: string, spillMaxBytes: number): NativeDrain;
  endDrain(waitMs: number): number | undefined;
  nativeHandle(): bigint;
  share(): string;
  close(): void;
}

interface NativeModule {
  NativeCollector: {
    new (
      frame: ArrayBuffer,
      capacity: number,
      maxBytes: number,
      file: string | undefined,
      keepFiles: number,
    ): NativeCollector;
    new (frame: ArrayBuffer, sharedName: string): NativeCollector;
  };
  NativeOrphanSpill: new (path: string) => NativeOrphanSpill;
  listOrphanSpills(folder: string): string[];
  NativeRingFile: new (path: string) => NativeRingFile;
  setErrorClass(errorClass: new (code: TraceErrorCode, message: string) => TraceError): void;
  /** As RunEnd in native/include/aegis/trace/recover.hpp, for the files of all rings of the process. */
  noteEnd(kind: number, code: number): void;
  endProcess(code: number): never;
  limits: NativeLimits;
  /** See layout.ts. */
  layout: Readonly<Record<string, unknown>> | undefined;
}

function load(): NativeModule {
  let packageRoot: string | undefined;
  try {
    // In a bundle in CommonJS there is no import.meta.url, and this throws.
    packageRoot = fileURLToPath(new URL('../..', import.meta.url));
    const require = createRequire(import.meta.url);
    const find = require('node-gyp-build') as (directory: string) => NativeModule;
    const native = find(packageRoot);
    native.setErrorClass(TraceError);
    return native;
  } catch (cause) {
    const isOurs = packageRoot !== undefined && isOurPackage(packageRoot);
    const message = isOurs ? NO_BINARY : BUNDLED;
    throw new TraceError(
      'ERR_TRACE_NATIVE',
      `the native addon could not be loaded for ${process.platform}-${process.arch}: ${message}`,
      { cause },
    );
  }
}

const NO_BINARY =
  'this package carries binaries for the platforms its README lists; from a clone, build it with ' +
  '`npm run build`';
const BUNDLED =
  'this code has been bundled, and a bundle holds no addon. Mark aegis-trace as external and install it ' +
  'beside the bundle: esbuild --external:aegis-trace; webpack externals: { "aegis-trace": "module ' +
  'aegis-trace" }; rollup external: [/^aegis-trace/]; vite ssr.external: ["aegis-trace"]';

/** A bundler moves this code to where our package is not around it. */
function isOurPackage(root: string): boolean {
  try {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      name?: unknown;
    };
    return manifest.name === 'aegis-trace';
  } catch {
    return false;
  }
}

/** The only door to native code. */
export const native = load();
checkLayout(native.layout);
