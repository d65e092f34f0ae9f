import type { EventFilter } from '../event/event-filter.js';
import type { RequestQuery, StoredRun, StoreQuery, WallRange } from '../store/event-store.js';
import type { StorePosition } from '../store/position.js';
import type { Refusal } from './append-messages.js';

// What the main thread asks the query worker. Answers are bytes of JSON, ready to be sent.

export type Question =
  | { readonly kind: 'recent'; readonly query: StoreQuery }
  | { readonly kind: 'processes'; readonly range: WallRange }
  | { readonly kind: 'percentiles'; readonly process: string; readonly range: WallRange }
  | { readonly kind: 'trend'; readonly range: WallRange; readonly buckets: number }
  | {
      readonly kind: 'overview';
      readonly range: WallRange;
      readonly buckets: number;
      readonly process: string | undefined;
    }
  | { readonly kind: 'graph'; readonly range: WallRange }
  | { readonly kind: 'stats' }
  | { readonly kind: 'run'; readonly run: string }
  | {
      readonly kind: 'event';
      readonly run: string;
      readonly lane: number;
      readonly sequence: number;
    };

/** Who tails: the filters by the numbers that the main thread gave them. */
export interface TailQuestion {
  readonly position: StorePosition | undefined;
  readonly limit: number;
  readonly filters: readonly (readonly [number, EventFilter])[];
}

/** An event for the tails of some filters. */
export interface TailedEvent {
  readonly number: number;
  /** One line of JSON. */
  readonly line: string;
  readonly filters: readonly number[];
}

export interface TailPage {
  readonly events: readonly TailedEvent[];
  readonly position: StorePosition;
  readonly isEnd: boolean;
  readonly isReset: boolean;
  readonly hasGap: boolean;
}

/** What there is of the chain of a request, beside its events. */
export interface FoundChain {
  readonly isCut: boolean;
  /** The runs that its events are of. */
  readonly runs: readonly string[];
}

/** A line of a request, and what it takes to say whether the request is whole. */
export interface FoundRequest {
  readonly id: string;
  /** JSON of an object, yet to be closed. */
  readonly text: string;
  /** The runs that its events are of. */
  readonly runs: readonly string[];
}

/** Part of the requests. */
export interface FoundRequests {
  readonly items: readonly FoundRequest[];
  readonly next: string | undefined;
}

export type ToQueryWorker =
  | { readonly type: 'ask'; readonly id: number; readonly question: Question }
  | ({ readonly type: 'tail'; readonly id: number } & TailQuestion)
  | { readonly type: 'requests'; readonly id: number; readonly query: RequestQuery }
  | { readonly type: 'end'; readonly id: number }
  /** Whether the store answers. */
  | { readonly type: 'check'; readonly id: number }
  | { readonly type: 'runs'; readonly id: number }
  | {
      readonly type: 'chain';
      readonly id: number;
      readonly requestId: string;
      readonly isBrief: boolean;
    }
  | { readonly type: 'close' };

export type FromQueryWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'answer'; readonly id: number; readonly body: Uint8Array }
  | { readonly type: 'chain-part'; readonly id: number; readonly part: Uint8Array }
  | { readonly type: 'chained'; readonly id: number; readonly chain: FoundChain }
  | { readonly type: 'requested'; readonly id: number; readonly requests: FoundRequests }
  | { readonly type: 'ended'; readonly id: number; readonly position: StorePosition }
  | { readonly type: 'checked'; readonly id: number }
  | { readonly type: 'runs'; readonly id: number; readonly runs: readonly StoredRun[] }
  | { readonly type: 'tailed'; readonly id: number; readonly page: TailPage }
  | ({ readonly type: 'refused' } & Refusal)
  | { readonly type: 'failed'; readonly code: string | undefined; readonly message: string };
