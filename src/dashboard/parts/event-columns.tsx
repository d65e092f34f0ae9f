import type { ComponentChildren } from 'preact';
import { exceptionOf, type PageEvent } from '../data/events.js';
import { durationText, fullTimeText, timeText, type Zone } from '../logic/format.js';
import { StatusMark } from './marks.js';

/** A column of the table of events. */
export interface EventColumn {
  readonly name: string;
  readonly title: string;
  /** The field of the query line that a click on a value sets. */
  readonly field?: string;
  readonly text: (event: PageEvent, zone: Zone) => string;
  readonly cell?: (event: PageEvent, zone: Zone) => ComponentChildren;
}

export const EVENT_COLUMNS: readonly EventColumn[] = [
  {
    name: 'time',
    title: 'Time',
    text: ({ wallNs }, zone) => fullTimeText(wallNs, zone),
    cell: ({ wallNs }, zone) => (
      <time title={fullTimeText(wallNs, zone)}>{timeText(wallNs, zone)}</time>
    ),
  },
  { name: 'process', title: 'Process', field: 'process', text: ({ process }) => process },
  {
    name: 'status',
    title: 'Status',
    field: 'status',
    text: ({ status }) => status,
    cell: ({ status }) => <StatusMark status={status} />,
  },
  {
    name: 'duration',
    title: 'Duration',
    text: ({ event: { durationNs: ns } }) => (ns === 0n ? '' : durationText(ns)),
  },
  { name: 'request', title: 'Request', field: 'request', text: ({ event }) => event.requestId },
  { name: 'exception', title: 'Exception', text: exceptionOf },
  { name: 'detail', title: 'Detail', text: ({ event }) => event.rationale || event.eventType },
  { name: 'type', title: 'Type', field: 'type', text: ({ event }) => event.eventType },
  {
    name: 'component',
    title: 'Component',
    field: 'component',
    text: ({ event }) => event.component,
  },
  { name: 'model', title: 'Model', field: 'model', text: ({ event }) => event.modelId },
  { name: 'severity', title: 'Severity', text: ({ event }) => event.severity },
];

const SHOWN = ['time', 'process', 'status', 'duration', 'request', 'exception', 'detail'];

/** Those that a parameter of the URL names; the seven when it names none. */
export function columnsOf(param: string): readonly EventColumn[] {
  const names = param === '' ? SHOWN : param.split(',');
  return EVENT_COLUMNS.filter(({ name }) => names.includes(name));
}

/** What names those columns in the URL; '' for the seven. */
export function columnsParam(columns: readonly string[]): string {
  return columns.join() === SHOWN.join() ? '' : columns.join();
}
