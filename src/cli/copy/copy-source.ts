import type { RunBatch } from '../../store/event-store.js';

/** Part of what is copied. */
export interface CopyPage {
  /** Each of one run. */
  readonly batches: readonly RunBatch[];
  /** Where the next page begins: what is given to pages() to go on. */
  readonly cursor: string;
}

/** What is copied from. */
export interface CopySource {
  /** Pages after a cursor, or all of them. @throws TraceError (rejects). */
  pages(cursor: string | undefined): AsyncIterable<CopyPage>;
  close(): Promise<void> | void;
}

/** Events of a page; of a larger one too much would be sent again. */
export const PAGE_EVENTS = 1_000;
