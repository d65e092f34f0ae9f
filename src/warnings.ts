/**
 * Every code of a process warning (`process.on('warning')`, name `AegisTraceWarning`), with what it
 * tells. This is the one table; a test compares it with what the code emits and what the docs list.
 */
export const WARNING_CODES = {
  AEGIS_TRACE_BACKLOG: 'more events wait for a pipeline than its queueWarningThreshold',
  AEGIS_TRACE_OPEN_CALLS: 'more monitored calls are under way than their queueWarningThreshold',
  AEGIS_TRACE_REJECTED: 'record() was given an event that cannot be stored; the message says why',
  AEGIS_TRACE_FILE_LOST: 'the file of a ring was cut, emptied or deleted by another program',
  AEGIS_TRACE_UNNAMED:
    'parameters whose names cannot be read: their arguments are recorded by type and length',
  AEGIS_TRACE_LINES: 'another program deleted or cut the file of the JSON-lines sink',
  AEGIS_TRACE_PIPELINE: 'the thread of a pipeline has ended by itself',
  AEGIS_TRACE_HUB: 'a thread of a hub has ended and is started again, or an answer failed',
  AEGIS_TRACE_FORWARD: 'a hub takes nothing of a store, or refuses some of it for good',
  AEGIS_TRACE_TOGGLE: 'nobody says whether a project is traced: it stays as it was; once a minute',
  AEGIS_TRACE_LEGACY: 'a name of an older product is used; the message says the new one',
  AEGIS_STORE_REPLACED: 'a database could not be used any more, and a new one took its place',
  AEGIS_STORE_LOG: 'the write-ahead log of a store was removed by another program, and made anew',
  AEGIS_STORE_WAL: 'the write-ahead log of a store cannot shrink, because of a reader',
  AEGIS_STORE_ARCHIVE: 'what is due to be purged cannot be archived, and stays; once a minute',
} as const;

export type WarningCode = keyof typeof WARNING_CODES;

/** Emits a process warning. `DeprecationWarning` is the other name that Node's own switches know. */
export function warn(
  code: WarningCode,
  message: string,
  type: 'AegisTraceWarning' | 'DeprecationWarning' = 'AegisTraceWarning',
): void {
  process.emitWarning(message, { type, code });
}
