import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { theme } from '../data/preferences.js';
import type { Waterfall } from '../logic/waterfall.js';
import {
  type Palette,
  paintMinimap,
  paintRows,
  paletteNow,
  ROW_HEIGHT,
  type Span,
} from './waterfall-paint.js';

const MINIMAP_HEIGHT = 44;
const VIEW_HEIGHT = 520;

/** The rows of a chain over time. The table beside it has the same for those who cannot see it. */
export function WaterfallView({
  waterfall,
  selected,
  found,
  onSelect,
}: {
  waterfall: Waterfall;
  selected: number | undefined;
  found: readonly number[];
  onSelect: (row: number) => void;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const minimap = useRef<HTMLCanvasElement>(null);
  const span = useSignal<Span>({ fromNs: 0, toNs: waterfall.lengthNs });
  const height = Math.min(VIEW_HEIGHT, Math.max(ROW_HEIGHT, waterfall.rows.length * ROW_HEIGHT));
  const scene = useRef({ selected, found: new Set(found) });
  scene.current = { selected, found: new Set(found) };
  const frame = useRef(0);
  const palette = useRef<Palette | undefined>(undefined);

  const paint = (): void => {
    frame.current = 0;
    const box = scroller.current;
    if (box === null || canvas.current === null || minimap.current === null) return;
    palette.current ??= paletteNow();
    const width = box.clientWidth;
    const rows = sized(canvas.current, width, height);
    const shown = { waterfall, span: span.value, scrollTop: box.scrollTop, ...scene.current };
    paintRows(rows, { width, height }, shown, palette.current);
    paintMinimap(
      sized(minimap.current, width, MINIMAP_HEIGHT),
      { width, height: MINIMAP_HEIGHT },
      shown,
      palette.current,
    );
  };
  const paintSoon = (): void => {
    if (frame.current === 0) frame.current = requestAnimationFrame(paint);
  };

  useEffect(() => {
    span.value = { fromNs: 0, toNs: waterfall.lengthNs };
  }, [waterfall]);
  useEffect(paintSoon, [waterfall, selected, found, span.value]);
  useEffect(() => {
    palette.current = undefined;
    paintSoon();
  }, [theme.value]);
  useEffect(() => {
    const box = scroller.current;
    if (box === null || selected === undefined) return;
    const top = selected * ROW_HEIGHT;
    if (top < box.scrollTop || top + ROW_HEIGHT > box.scrollTop + height) {
      box.scrollTop = Math.max(0, top - height / 2);
    }
  }, [selected]);
  useEffect(() => {
    const resized = new ResizeObserver(paintSoon);
    if (scroller.current !== null) resized.observe(scroller.current);
    return () => resized.disconnect();
  }, []);

  const onClick = ({ clientY }: MouseEvent): void => {
    const box = scroller.current;
    if (box === null) return;
    const y = clientY - box.getBoundingClientRect().top + box.scrollTop;
    const row = Math.floor(y / ROW_HEIGHT);
    if (row >= 0 && row < waterfall.rows.length) onSelect(row);
  };
  return (
    <div class="waterfall">
      <canvas
        ref={minimap}
        class="minimap"
        onPointerDown={(event) =>
          brush(event, waterfall.lengthNs, (next) => {
            span.value = next;
          })
        }
        onDblClick={() => {
          span.value = { fromNs: 0, toNs: waterfall.lengthNs };
        }}
      />
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: keys are those of the page, and the table has the same */}
      <div
        ref={scroller}
        class="waterfall-rows"
        style={{ height: `${height}px` }}
        onScroll={paintSoon}
        onClick={onClick}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard
        tabIndex={0}
        role="img"
        aria-label={`${waterfall.rows.length} rows over time: the table has the same`}
      >
        <canvas ref={canvas} />
        <div style={{ height: `${waterfall.rows.length * ROW_HEIGHT - height}px` }} />
      </div>
      {span.value.fromNs > 0 || span.value.toNs < waterfall.lengthNs ? (
        <button
          type="button"
          onClick={() => {
            span.value = { fromNs: 0, toNs: waterfall.lengthNs };
          }}
        >
          Whole span
        </button>
      ) : null}
    </div>
  );
}

/** A canvas that is sharp on any screen. */
function sized(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  const ratio = devicePixelRatio;
  const [pixels, lines] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== pixels || canvas.height !== lines) {
    canvas.width = pixels;
    canvas.height = lines;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

/** Chooses a span by dragging over the minimap. */
function brush(event: PointerEvent, lengthNs: number, onSpan: (span: Span) => void): void {
  const map = event.currentTarget as HTMLCanvasElement;
  const { left, width } = map.getBoundingClientRect();
  const at = (x: number): number => Math.min(1, Math.max(0, (x - left) / width)) * lengthNs;
  const start = at(event.clientX);
  const move = ({ clientX }: PointerEvent): void => {
    const end = at(clientX);
    const [fromNs, toNs] = start < end ? [start, end] : [end, start];
    if (toNs - fromNs > lengthNs / 10_000) onSpan({ fromNs, toNs });
  };
  const up = (): void => {
    map.removeEventListener('pointermove', move);
    map.removeEventListener('pointerup', up);
  };
  map.setPointerCapture(event.pointerId);
  map.addEventListener('pointermove', move);
  map.addEventListener('pointerup', up);
}
