import type { ComponentChildren } from 'preact';
import { exceptionOf, type PageEvent } from '../data/events.js';
import { durationText, fullTimeText, timeText, type Zone } from '../logic/format.js';
import { StatusMark } from './marks.js';

/** A column of the table of events. */
export interface EventColumn {
  readonly name: string;
  readonly title: string;
  /** Pixels, as long as nobody has chosen others; undefined for a share of what is left. */
  readonly width?: number;
  /** The field of the query line that a click on a value sets. */
  readonly field?: string;
  readonly text: (event: PageEvent, zone: Zone) => string;
  readonly cell?: (event: PageEvent, zone: Zone) => ComponentChildren;
}

export const EVENT_COLUMNS: readonly EventColumn[] = [
  {
    name: 'time',
    title: 'Time',
    width: 104,
    text: ({ wallNs }, zone) => fullTimeText(wallNs, zone),
    cell: ({ wallNs }, zone) => (
      <time title={fullTimeText(wallNs, zone)}>{timeText(wallNs, zone)}</time>
    ),
  },
  {
    name: 'process',
    title: 'Process',
    width: 170,
    field: 'process',
    text: ({ process }) => process,
  },
  {
    name: 'status',
    title: 'Status',
    width: 64,
    field: 'status',
    text: ({ status }) => status,
    cell: ({ status }) => <StatusMark status={status} />,
  },
  {
    name: 'duration',
    title: 'Duration',
    width: 84,
    text: ({ event: { durationNs: ns } }) => (ns === 0n ? '' : durationText(ns)),
  },
  {
    name: 'request',
    title: 'Request',
    width: 200,
    field: 'request',
    text: ({ event }) => event.requestId,
  },
  { name: 'exception', title: 'Exception', text: exceptionOf },
  { name: 'detail', title: 'Detail', text: ({ event }) => event.rationale || event.eventType },
  { name: 'type', title: 'Type', width: 170, field: 'type', text: ({ event }) => event.eventType },
  {
    name: 'component',
    title: 'Component',
    width: 170,
    field: 'component',
    text: ({ event }) => event.component,
  },
  { name: 'model', title: 'Model', width: 170, field: 'model', text: ({ event }) => event.modelId },
  { name: 'severity', title: 'Severity', width: 80, text: ({ event }) => event.severity },
];

const SHOWN = ['time', 'process', 'status', 'duration', 'request', 'exception', 'detail'];

/** Those that a parameter of the URL names; the seven when it names none. */
export function columnsOf(param: string): readonly EventColumn[] {
  const names = param === '' ? SHOWN : param.split(',');
  return EVENT_COLUMNS.filter(({ name }) => names.includes(name));
}

/** A share of what is left is not less than this. */
const REST_MIN = 190;

/** Pixels that a table of them is wide at least. */
export const widthMin = (
  columns: readonly EventColumn[],
  chosen: ReadonlyMap<string, number>,
): number =>
  columns.reduce((sum, { name, width }) => sum + (chosen.get(name) ?? width ?? REST_MIN), 0);

/** What names those columns in the URL; '' for the seven. */
export function columnsParam(columns: readonly string[]): string {
  return columns.join() === SHOWN.join() ? '' : columns.join();
}
