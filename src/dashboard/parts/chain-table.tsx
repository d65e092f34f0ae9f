import { useSignal } from '@preact/signals';
import { placeText } from '../data/events.js';
import { zone } from '../data/preferences.js';
import { countText, durationText, timeText } from '../logic/format.js';
import type { Waterfall } from '../logic/waterfall.js';
import { StatusMark } from './marks.js';
import { TableScroll } from './table-scroll.js';

const PAGE_ROWS = 200;

/** The rows of a waterfall for those who read them, or copy. */
export function ChainTable({
  waterfall,
  selected,
  onSelect,
}: {
  waterfall: Waterfall;
  selected: number | undefined;
  onSelect: (row: number) => void;
}) {
  const page = useSignal(Math.floor((selected ?? 0) / PAGE_ROWS));
  const pages = Math.max(1, Math.ceil(waterfall.rows.length / PAGE_ROWS));
  const first = Math.min(page.value, pages - 1) * PAGE_ROWS;
  return (
    <>
      <TableScroll label="Rows">
        <table class="chain">
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">After</th>
              <th scope="col">Why, or what</th>
              <th scope="col">Process</th>
              <th scope="col">Status</th>
              <th scope="col" class="number">
                Duration
              </th>
            </tr>
          </thead>
          <tbody>
            {waterfall.rows.slice(first, first + PAGE_ROWS).map((row, index) => (
              <tr key={placeText(row.stored)} aria-selected={first + index === selected}>
                <td>{timeText(row.stored.wallNs, zone.value)}</td>
                <td class="number">{durationText(row.stored.wallNs - waterfall.startWallNs)}</td>
                <td class="detail-cell">
                  <button
                    type="button"
                    class="value"
                    dir="auto"
                    style={{ paddingInlineStart: `${Math.min(row.depth, 16)}em` }}
                    onClick={() => onSelect(first + index)}
                  >
                    {row.label}
                  </button>
                </td>
                <td class="name" dir="auto">
                  {row.stored.process}
                </td>
                <td>
                  <StatusMark status={row.stored.status} />
                </td>
                <td class="number">
                  {row.kind === 'call' ? durationText(row.stored.event.durationNs) : ''}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
      <div class="pager">
        <span>
          Rows {countText(first + 1)} to{' '}
          {countText(Math.min(first + PAGE_ROWS, waterfall.rows.length))} of{' '}
          {countText(waterfall.rows.length)}
        </span>
        <button type="button" disabled={page.value === 0} onClick={() => page.value--}>
          Earlier
        </button>
        <button type="button" disabled={page.value >= pages - 1} onClick={() => page.value++}>
          Later
        </button>
      </div>
    </>
  );
}
