import { useMemo } from 'preact/hooks';
import { quoteValue } from '../../wire/query-line-scanner.js';
import type { OverviewAnswer, ProcessesAnswer } from '../data/answers.js';
import { ask, pathOf } from '../data/api.js';
import { zone } from '../data/preferences.js';
import { goWith, range, view } from '../data/router.js';
import { useAnswer } from '../data/use-answer.js';
import { agoText, countText, fullTimeText, millisText } from '../logic/format.js';
import { placeOf, urlOf } from '../logic/view.js';
import { Sparkline } from '../parts/marks.js';
import { Empty, FirstSteps, Loading, ProblemNotice } from '../parts/notices.js';
import { Plot } from '../parts/plot.js';
import { RangePicker } from '../parts/range-picker.js';
import { TableScroll } from '../parts/table-scroll.js';
import { rangeParams } from './event-params.js';

const REFRESH_MS = 30_000;
const PLOT_HEIGHT = 170;
const MINUTE_S = 60;

/** Whether something is wrong, and since when. */
export default function OverviewPage() {
  const key = JSON.stringify(range.value);
  const { data, problem, isLoading, retry } = useAnswer(
    key,
    async (signal) => {
      const [overview, processes] = await Promise.all([
        ask<OverviewAnswer>(pathOf('/overview', { ...rangeParams(), buckets: 120 }), { signal }),
        ask<ProcessesAnswer>(pathOf('/processes', rangeParams()), { signal }),
      ]);
      return { overview, processes };
    },
    REFRESH_MS,
  );
  return (
    <div class="page">
      <div class="filters">
        <h1>Overview</h1>
        <RangePicker />
        <Loading isLoading={isLoading} />
      </div>
      <ProblemNotice problem={problem} onRetry={retry} />
      {data === undefined ? null : data.overview.items.length === 0 ? (
        <Empty title="Nothing in this span of time">
          {range.value.from === '' ? <FirstSteps /> : <p>A longer span may have something.</p>}
        </Empty>
      ) : (
        <>
          <Plots overview={data.overview} />
          <Processes {...data} />
        </>
      )}
    </div>
  );
}

function Plots({ overview }: { overview: OverviewAnswer }) {
  const { times, durations, counts } = useMemo(() => {
    const { items } = overview;
    // With nothing at both ends: one minute alone would have no width.
    const around = (values: readonly (number | null)[]) => [null, ...values, null];
    const of = (name: 'p50_ms' | 'p95_ms' | 'p99_ms') =>
      around(items.map((item) => item[name] ?? null));
    const starts = items.map(({ from_wall_ns: ns }) => Number(ns / 1_000_000n) / 1_000);
    const first = starts[0] ?? 0;
    const stepS = (starts[1] ?? first + MINUTE_S) - first;
    return {
      times: [first - stepS, ...starts, (starts.at(-1) ?? first) + stepS],
      durations: [
        { label: 'P50', color: '--series-1', values: of('p50_ms') },
        { label: 'P95', color: '--series-2', values: of('p95_ms') },
        { label: 'P99', color: '--series-3', values: of('p99_ms') },
      ],
      counts: [
        {
          label: 'events',
          color: '--series-1',
          values: around(items.map(({ events }) => events)),
          isBars: true,
        },
        {
          label: 'errors',
          color: '--bad',
          values: around(items.map(({ errors }) => errors)),
          isBars: true,
        },
      ],
    };
  }, [overview]);
  const onSpan = (fromMs: number, toMs: number): void =>
    goWith({ from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() });
  const [first, second] = times;
  const widthMin = Math.round(((second ?? 60) - (first ?? 0)) / 60);
  const each = widthMin <= 1 ? 'a minute' : `in ${widthMin} min`;
  return (
    <div class="plots">
      <Plot
        title="How long events took"
        times={times}
        series={durations}
        height={PLOT_HEIGHT}
        valueText={millisText}
        onSpan={onSpan}
      />
      <Plot
        title={`Events ${each}`}
        times={times}
        series={counts}
        height={PLOT_HEIGHT}
        valueText={(value) => countText(Math.round(value))}
        onSpan={onSpan}
      />
      <p class="hint">Drag over a plot to look at that span of time.</p>
    </div>
  );
}

function Processes({
  overview,
  processes,
}: {
  overview: OverviewAnswer;
  processes: ProcessesAnswer;
}) {
  const last = new Map(processes.items.map((item) => [item.process, item.last_wall_ns]));
  return (
    <section>
      <h2>Processes</h2>
      <TableScroll label="Processes">
        <table>
          <thead>
            <tr>
              <th scope="col">Process</th>
              <th scope="col">Over time</th>
              <th scope="col" class="number">
                Events
              </th>
              <th scope="col" class="number">
                Errors
              </th>
              <th scope="col" class="number">
                P95
              </th>
              <th scope="col">Last seen</th>
            </tr>
          </thead>
          <tbody>
            {overview.processes.map(({ process, events, errors, counts, p95_ms: p95 }) => {
              const where = `process:${quoteValue(process)}`;
              const seen = last.get(process);
              return (
                <tr key={process}>
                  <td class="name">
                    <a
                      href={urlOf(placeOf('events', view.value, { where }))}
                      dir="auto"
                      title={process}
                    >
                      {process}
                    </a>
                  </td>
                  <td>
                    <Sparkline counts={counts} label={`${process}: ${countText(events)} events`} />
                  </td>
                  <td class="number">{countText(events)}</td>
                  <td class="number">
                    {errors === 0 ? (
                      '0'
                    ) : (
                      <a
                        class="bad"
                        href={urlOf(
                          placeOf('events', view.value, { where: `${where} status:ERR` }),
                        )}
                      >
                        {countText(errors)}
                      </a>
                    )}
                  </td>
                  <td class="number">{p95 === undefined || p95 === 0 ? '' : millisText(p95)}</td>
                  <td>
                    {seen === undefined ? (
                      ''
                    ) : (
                      <time title={fullTimeText(seen, zone.value)}>
                        {agoText(Date.now() - Number(seen / 1_000_000n))}
                      </time>
                    )}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </TableScroll>
      {overview.is_exact ? null : (
        <p class="hint">
          There are too many processes and minutes to count them all: these are of the newest part.
        </p>
      )}
      {processes.items.length > overview.processes.length ? (
        <p class="hint">
          The {countText(overview.processes.length)} with the most events, of{' '}
          {countText(processes.items.length)}.
        </p>
      ) : null}
    </section>
  );
}
