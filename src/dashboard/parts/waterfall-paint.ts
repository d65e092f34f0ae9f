import { durationText } from '../logic/format.js';
import type { Waterfall } from '../logic/waterfall.js';
import { colorsOf } from './colors.js';

// How a waterfall is painted: only what is seen, on one canvas.

export const ROW_HEIGHT = 22;
const INDENT = 12;
const LABEL_SHARE = 0.42;
const LABEL_MAX = 460;
const BAR_MIN = 2;
const FONT = '12px system-ui, sans-serif';

/** The span of a waterfall that is looked at, nanoseconds after its beginning. */
export interface Span {
  readonly fromNs: number;
  readonly toNs: number;
}

/** What is to be seen. */
export interface Scene {
  readonly waterfall: Waterfall;
  readonly span: Span;
  /** The first row that is seen, and how far it is above the edge. */
  readonly scrollTop: number;
  readonly selected: number | undefined;
  readonly found: ReadonlySet<number>;
}

/** Colours of the theme, by what they are for. */
const PALETTE = {
  text: '--text',
  weak: '--text-weak',
  line: '--line',
  call: '--series-1',
  decision: '--series-2',
  bad: '--bad',
  selected: '--selected',
  found: '--found',
} as const;
export type Palette = Readonly<Record<keyof typeof PALETTE, string>>;

export function paletteNow(): Palette {
  const colors = colorsOf(Object.values(PALETTE));
  return Object.fromEntries(
    Object.entries(PALETTE).map(([name, property]) => [name, colors[property]]),
  ) as unknown as Palette;
}

/** The pixels of the labels, at the left of the bars. */
const labelWidth = (width: number): number => Math.min(LABEL_MAX, width * LABEL_SHARE);

export function paintRows(
  context: CanvasRenderingContext2D,
  { width, height }: { width: number; height: number },
  scene: Scene,
  palette: Palette,
): void {
  const { waterfall, span, scrollTop, selected, found } = scene;
  context.clearRect(0, 0, width, height);
  context.font = FONT;
  context.textBaseline = 'middle';
  const left = labelWidth(width);
  const room = Math.max(1, width - left - 70);
  const scale = room / Math.max(1, span.toNs - span.fromNs);
  const first = Math.floor(scrollTop / ROW_HEIGHT);
  const last = Math.min(waterfall.rows.length, first + Math.ceil(height / ROW_HEIGHT) + 1);
  for (let index = first; index < last; index++) {
    const row = waterfall.rows[index];
    if (row === undefined) break;
    const y = index * ROW_HEIGHT - scrollTop;
    if (index === selected || found.has(index)) {
      context.fillStyle = index === selected ? palette.selected : palette.found;
      context.fillRect(0, y, width, ROW_HEIGHT);
    }
    const x = left + (row.startNs - span.fromNs) * scale;
    const length = Math.max(BAR_MIN, (row.endNs - row.startNs) * scale);
    context.fillStyle = row.isError
      ? palette.bad
      : row.kind === 'call'
        ? palette.call
        : palette.decision;
    if (row.kind === 'call')
      context.fillRect(
        clamp(x, left, width),
        y + 6,
        visible(x, length, left, left + room),
        ROW_HEIGHT - 12,
      );
    else if (x >= left && x <= left + room) diamond(context, x, y + ROW_HEIGHT / 2);
    if (row.kind === 'call' && x + length >= left && x <= left + room) {
      context.fillStyle = palette.weak;
      const text = durationText(row.stored.event.durationNs);
      context.fillText(
        text,
        Math.min(Math.max(left, x + length) + 4, width - 66),
        y + ROW_HEIGHT / 2,
      );
    }
    paintLabel(
      context,
      row.depth,
      row.isError ? `✕ ${row.label}` : row.label,
      left,
      y,
      palette,
      row.isError,
    );
  }
  context.fillStyle = palette.line;
  context.fillRect(left - 1, 0, 1, height);
}

function paintLabel(
  context: CanvasRenderingContext2D,
  depth: number,
  label: string,
  left: number,
  y: number,
  palette: Palette,
  isError: boolean,
): void {
  context.save();
  context.beginPath();
  context.rect(0, y, left - 6, ROW_HEIGHT);
  context.clip();
  context.fillStyle = isError ? palette.bad : palette.text;
  context.fillText(label, 6 + Math.min(depth, 16) * INDENT, y + ROW_HEIGHT / 2);
  context.restore();
}

function diamond(context: CanvasRenderingContext2D, x: number, y: number): void {
  context.beginPath();
  context.moveTo(x, y - 5);
  context.lineTo(x + 5, y);
  context.lineTo(x, y + 5);
  context.lineTo(x - 5, y);
  context.fill();
}

/** All rows at once, a column of pixels each time; errors over what is none. */
export function paintMinimap(
  context: CanvasRenderingContext2D,
  { width, height }: { width: number; height: number },
  { waterfall, span }: Pick<Scene, 'waterfall' | 'span'>,
  palette: Palette,
): void {
  context.clearRect(0, 0, width, height);
  const scale = width / waterfall.lengthNs;
  const counts = new Uint32Array(Math.ceil(width) + 1);
  const errors = new Uint8Array(counts.length);
  for (const { startNs, isError } of waterfall.rows) {
    const x = Math.min(counts.length - 1, Math.floor(startNs * scale));
    counts[x] = (counts[x] as number) + 1;
    if (isError) errors[x] = 1;
  }
  const most = counts.reduce((a, b) => Math.max(a, b), 1);
  for (const [x, count] of counts.entries()) {
    if (count === 0) continue;
    const bar = Math.max(3, (Math.log1p(count) / Math.log1p(most)) * (height - 4));
    context.fillStyle = errors[x] === 1 ? palette.bad : palette.call;
    context.fillRect(x, height - bar, 1, bar);
  }
  context.fillStyle = palette.selected;
  context.globalAlpha = 0.35;
  context.fillRect(0, 0, span.fromNs * scale, height);
  context.fillRect(span.toNs * scale, 0, width - span.toNs * scale, height);
  context.globalAlpha = 1;
}

const clamp = (x: number, least: number, most: number): number =>
  Math.min(Math.max(x, least), most);

/** The part of a bar that is between two edges. */
const visible = (x: number, length: number, left: number, right: number): number =>
  Math.max(0, Math.min(x + length, right) - Math.max(x, left));
