import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { type PageEvent, placeText } from '../data/events.js';
import { zone } from '../data/preferences.js';
import { adjust, goWith, param, view } from '../data/router.js';
import { widthsOf } from '../logic/column-widths.js';
import { excluding, including } from '../logic/query-terms.js';
import { placeOf, urlOf } from '../logic/view.js';
import { ColumnHead } from './column-head.js';
import { type EventColumn, widthMin } from './event-columns.js';
import { TableScroll } from './table-scroll.js';
import { useRowKeys } from './use-row-keys.js';

/** Pixels, as in table.css. */
const ROW_HEIGHT = 28;

/** What stands in one place of the table: an event, or how many there would be. */
export type TableRow =
  | { readonly kind: 'event'; readonly key: string | number; readonly event: PageEvent }
  | { readonly kind: 'gap'; readonly key: string | number; readonly missed: number };

/** Events, a row each. A click on a value includes it, with Alt excludes it; a click elsewhere opens the event. */
export function EventTable({
  rows,
  columns,
  children,
}: {
  rows: readonly TableRow[];
  columns: readonly EventColumn[];
  /** Instead of rows. */
  children?: ComponentChildren;
}) {
  const body = useRef<HTMLTableSectionElement>(null);
  useRowKeys(body, 'tr[data-place]', (row, isOpening) => {
    if (isOpening || param('row') !== '') adjust({ row: row.dataset.place ?? '' });
  });
  const open = param('row');
  const isPainted = useSignal(false);
  useEffect(() => {
    isPainted.value = true;
  }, []);
  // What is out of sight is drawn after what is not.
  const drawn = isPainted.value ? rows : rows.slice(0, Math.ceil(innerHeight / ROW_HEIGHT));
  const widths = widthsOf(param('widths'));
  return (
    <TableScroll label="Events">
      <table class="events" style={{ minInlineSize: `${widthMin(columns, widths)}px` }}>
        <thead>
          <tr>
            {columns.map((column) => (
              <ColumnHead key={column.name} column={column} chosen={widths.get(column.name)} />
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          {drawn.map((row) =>
            row.kind === 'gap' ? (
              <tr key={row.key} class="gap">
                <td colSpan={columns.length}>
                  {row.missed} events are not shown here: they came too fast, or while the hub was
                  away
                </td>
              </tr>
            ) : (
              <EventRow
                key={row.key}
                event={row.event}
                columns={columns}
                isOpen={placeText(row.event) === open}
              />
            ),
          )}
        </tbody>
      </table>
      {children}
    </TableScroll>
  );
}

function EventRow({
  event,
  columns,
  isOpen,
}: {
  event: PageEvent;
  columns: readonly EventColumn[];
  isOpen: boolean;
}) {
  const place = placeText(event);
  const onClick = ({ target }: MouseEvent): void => {
    if (target instanceof Element && target.closest('a, button') !== null) return;
    if (getSelection()?.isCollapsed === false) return;
    adjust({ row: isOpen ? '' : place });
  };
  return (
    <tr
      tabIndex={0}
      data-place={place}
      aria-selected={isOpen}
      class={event.status === 'ERR' ? 'row-bad' : ''}
      onClick={onClick}
    >
      {columns.map((column) => (
        <td key={column.name} class={`col-${column.name}`}>
          {cellOf(event, column)}
        </td>
      ))}
    </tr>
  );
}

/** Not a component: there are hundreds of cells. */
function cellOf(event: PageEvent, column: EventColumn): ComponentChildren {
  const text = column.text(event, zone.value);
  const shown = column.cell?.(event, zone.value) ?? text;
  if (text === '') return null;
  if (column.name === 'request') {
    return (
      <span class="cell-request">
        <a href={urlOf(placeOf('request', view.value, {}, text))} title={text} dir="auto">
          {text}
        </a>
        {includeButton('request', text, '⊕')}
      </span>
    );
  }
  if (column.field === undefined) {
    return (
      <span title={text} dir="auto">
        {shown}
      </span>
    );
  }
  return includeButton(column.field, text, shown);
}

function includeButton(field: string, text: string, shown: ComponentChildren) {
  return (
    <button
      type="button"
      class="value"
      dir="auto"
      tabIndex={-1}
      title={`${text}\nClick: only these. Alt-click: not these.`}
      aria-label={`${text}: only these`}
      onClick={({ altKey }) => {
        const change = altKey ? excluding : including;
        goWith({ where: change(param('where'), field, text), cursor: '' });
      }}
    >
      {shown}
    </button>
  );
}
