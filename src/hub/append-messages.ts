import type { GateReport } from '../event/gate-report.js';
import type { SourceAccount } from '../event/source-account.js';
import type { StorePosition } from '../store/position.js';
import type { AlertQuestion } from './alert-changes.js';
import type { IngestForm } from './ingest-body.js';
import type { ProblemCode } from './problem.js';
import type { ProjectQuestion } from './project-changes.js';
import type { TailPage, TailQuestion } from './query-messages.js';

// What the main thread and the append worker say to each other.

/** How a body is compressed. */
export type BodyEncoding = 'identity' | 'gzip';

/** What is known of a body that nobody has read. */
export interface BodyKind {
  readonly encoding: BodyEncoding;
  readonly form: IngestForm;
  /** Default: JSON. */
  readonly type?: BodyType | undefined;
  /** The project of the key it came with, when that is off: what was not recorded by a collector is not stored. */
  readonly suppressedFor?: string | undefined;
  /** Whether its sender has sent none of it before. */
  readonly isFirst?: boolean | undefined;
}

/** In which way a body is written. */
export type BodyType = 'json' | 'protobuf';

/** What is read or changed beside events. */
export type StateQuestion =
  | { readonly of: 'projects'; readonly question: ProjectQuestion }
  | { readonly of: 'alerts'; readonly question: AlertQuestion };

/** What it came to. */
export interface StateAnswer<T = unknown> {
  readonly value: T;
  /** Events that were stored. */
  readonly inserted: number;
}

/** A body, as it came. */
export interface AppendRequest {
  readonly id: number;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly kind: BodyKind;
  /** When it was received: nanoseconds of `process.hrtime.bigint()`. */
  readonly receivedNs: bigint;
}

export type ToAppendWorker =
  | ({ readonly type: 'append' } & AppendRequest)
  | { readonly type: 'purge'; readonly id: number; readonly olderThanMs: number }
  | ({ readonly type: 'state'; readonly id: number } & StateQuestion)
  /** Of a store whose order only its writer knows. */
  | ({ readonly type: 'tail'; readonly id: number } & TailQuestion)
  | { readonly type: 'end'; readonly id: number }
  /** Answers what was sent before, then ends. */
  | { readonly type: 'close' };

/** What became of the events of one run, or of one source without runs, in one request. */
export interface SourceReport {
  readonly run: string;
  readonly pid: number;
  readonly host: string | undefined;
  readonly service: string | undefined;
  readonly project: string | undefined;
  readonly version: string | undefined;
  readonly account: SourceAccount | undefined;
  readonly gate?: GateReport | undefined;
  readonly received: number;
  readonly inserted: number;
  readonly duplicates: number;
  /** Counted as repeats of what was there before. */
  readonly deduped: number;
  readonly rejected: number;
}

/** A request that came to nothing. */
export interface Refusal {
  readonly id: number;
  readonly problem: ProblemCode;
  readonly detail: string;
  readonly retryAfterS?: number | undefined;
}

/** Events that were not stored, because their project is off. */
export interface SuppressedEvents {
  readonly project: string;
  readonly events: number;
}

/** A request that was stored, with the body of its answer. */
export interface Accepted {
  readonly id: number;
  readonly text: string;
  readonly sources: readonly SourceReport[];
  readonly suppressed?: SuppressedEvents | undefined;
}

export type AppendAnswer = Accepted | Refusal;

export type FromAppendWorker =
  | { readonly type: 'ready' }
  /** All of one transaction; `inserted` events are new in the store. */
  | {
      readonly type: 'answers';
      readonly answers: readonly AppendAnswer[];
      readonly inserted: number;
    }
  /** Another hub has stored something. */
  | { readonly type: 'news' }
  | { readonly type: 'purged'; readonly id: number; readonly text: string }
  | { readonly type: 'state'; readonly id: number; readonly answer: StateAnswer }
  | { readonly type: 'tailed'; readonly id: number; readonly page: TailPage }
  | { readonly type: 'ended'; readonly id: number; readonly position: StorePosition }
  | ({ readonly type: 'refused' } & Refusal)
  | { readonly type: 'failed'; readonly code: string | undefined; readonly message: string }
  | { readonly type: 'closed' };
