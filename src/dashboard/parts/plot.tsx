import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { minuteText } from '../logic/format.js';
import { colorsOf } from './colors.js';
import 'uplot/dist/uPlot.min.css';
import { theme, zone } from '../data/preferences.js';

/** A line or bars of a plot. */
export interface PlotSeries {
  readonly label: string;
  /** The name of a custom property of the style. */
  readonly color: string;
  readonly values: readonly (number | null)[];
  readonly isBars?: boolean;
}

/**
 * Values over time; a brush chooses a span of it. What it shows is in the table beside it as well.
 *
 * @param times - seconds since 1970, rising.
 */
export function Plot({
  title,
  times,
  series,
  height,
  valueText,
  onSpan,
}: {
  title: string;
  times: readonly number[];
  series: readonly PlotSeries[];
  height: number;
  valueText: (value: number) => string;
  onSpan: (fromMs: number, toMs: number) => void;
}) {
  const place = useRef<HTMLDivElement>(null);
  const choose = useRef(onSpan);
  choose.current = onSpan;
  const { value: zoneName } = zone;
  const { value: themeName } = theme;
  useEffect(() => {
    const { current: box } = place;
    if (box === null || times.length === 0) return;
    const colors: Record<string, string> = colorsOf([
      '--text-weak',
      '--line',
      ...series.map(({ color: name }) => name),
    ]);
    const color = (name: string): string => colors[name] as string;
    const axis = {
      stroke: color('--text-weak'),
      grid: { stroke: color('--line'), width: 1 },
      ticks: { show: false },
    };
    const plot = new uPlot(
      {
        width: box.clientWidth,
        height,
        legend: { show: true },
        cursor: { drag: { x: true, y: false, setScale: false } },
        scales: {
          y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.08 : 1] },
        },
        axes: [
          {
            ...axis,
            values: (_plot, ticks) => ticks.map((at) => minuteText(at * 1e3, zoneName).slice(6)),
          },
          { ...axis, size: 72, values: (_plot, ticks) => ticks.map(valueText) },
        ],
        series: [
          {
            label: 'from',
            value: (_plot, at) => (at === null ? '–' : minuteText(at * 1e3, zoneName)),
          },
          ...series.map(({ label, color: name, isBars }): uPlot.Series => {
            const bars = isBars ? uPlot.paths.bars?.({ size: [0.8, 40] }) : undefined;
            return {
              label,
              stroke: color(name),
              width: isBars ? 0 : 1.5,
              // A line of one point would not be seen.
              points: { show: times.length < 5 },
              ...(isBars && { fill: color(name) }),
              ...(bars !== undefined && { paths: bars }),
              value: (_plot, value) => (value === null ? '–' : valueText(value)),
            };
          }),
        ],
        hooks: {
          setSelect: [
            (self) => {
              const { left, width } = self.select;
              if (width < 3) return;
              const at = (px: number): number => self.posToVal(px, 'x') * 1e3;
              choose.current(at(left), at(left + width));
            },
          ],
        },
      },
      [[...times], ...series.map(({ values }) => [...values])] as uPlot.AlignedData,
      box,
    );
    const resized = new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height }));
    resized.observe(box);
    return () => {
      resized.disconnect();
      plot.destroy();
    };
  }, [times, series, height, zoneName, themeName]);
  return (
    <figure class="plot">
      <figcaption>{title}</figcaption>
      <div ref={place} class="plot-box" />
    </figure>
  );
}
