import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { adjust, param } from '../data/router.js';
import { WIDTH_MAX, WIDTH_MIN, withWidth } from '../logic/column-widths.js';
import type { EventColumn } from './event-columns.js';

/** Of a press of an arrow key. */
const STEP = 16;

/** The head of a column, whose edge makes it wider: dragged, or by the arrow keys; a double click takes that back. */
export function ColumnHead({
  column: { name, title, width: usual },
  chosen,
}: {
  column: EventColumn;
  chosen: number | undefined;
}) {
  const head = useRef<HTMLTableCellElement>(null);
  const shown = useSignal(chosen ?? usual ?? WIDTH_MIN);
  const dragged = useSignal<number | undefined>(undefined);
  // After it is painted: to ask before would have all of it laid out once more.
  useEffect(() => {
    shown.value = head.current?.offsetWidth ?? shown.value;
  }, [chosen]);
  const choose = (width: number | undefined): void =>
    adjust({ widths: withWidth(param('widths'), name, width) });
  const width = dragged.value ?? chosen ?? usual;
  return (
    <th
      ref={head}
      scope="col"
      class="resized"
      style={width === undefined ? undefined : { inlineSize: `${width}px` }}
    >
      {title}
      {/* biome-ignore lint/a11y/useSemanticElements: an <hr> has no value that one changes */}
      <span
        class="column-edge"
        role="separator"
        aria-orientation="vertical"
        aria-label={`Width of ${title}`}
        aria-valuemin={WIDTH_MIN}
        aria-valuemax={WIDTH_MAX}
        aria-valuenow={Math.round(dragged.value ?? shown.value)}
        tabIndex={0}
        onPointerDown={(event) => {
          event.preventDefault();
          const { currentTarget: edge, clientX, pointerId } = event;
          const start = head.current?.offsetWidth ?? 0;
          edge.setPointerCapture(pointerId);
          edge.onpointermove = (moved) => {
            dragged.value = Math.max(WIDTH_MIN, start + moved.clientX - clientX);
          };
          edge.onlostpointercapture = () => {
            edge.onpointermove = null;
            if (dragged.value !== undefined) choose(dragged.value);
            dragged.value = undefined;
          };
        }}
        onDblClick={() => choose(undefined)}
        onKeyDown={(event) => {
          const direction = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
          if (direction === undefined) return;
          event.preventDefault();
          choose((head.current?.offsetWidth ?? 0) + direction * STEP);
        }}
      />
    </th>
  );
}
