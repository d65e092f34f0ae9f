import { useRef } from 'preact/hooks';
import type { RequestsAnswer, TracingAnswer } from '../data/answers.js';
import { ask, pathOf } from '../data/api.js';
import { zone } from '../data/preferences.js';
import { go, goWith, param, range, view } from '../data/router.js';
import { useAnswer } from '../data/use-answer.js';
import { countText, durationText, fullTimeText, timeText } from '../logic/format.js';
import { problemOf } from '../logic/query-terms.js';
import { placeOf, urlOf } from '../logic/view.js';
import { IdForm } from '../parts/id-form.js';
import { SeverityMark, StateMark } from '../parts/marks.js';
import { Empty, FirstSteps, ProblemNotice } from '../parts/notices.js';
import { Pager } from '../parts/pager.js';
import { QueryLine } from '../parts/query-line.js';
import { RangePicker } from '../parts/range-picker.js';
import { TableScroll } from '../parts/table-scroll.js';
import { useRowKeys } from '../parts/use-row-keys.js';
import { eventParams } from './event-params.js';

const PAGE_ROWS = 50;

/** One line a request. */
export default function RequestsPage() {
  const where = param('where');
  const cursor = param('cursor');
  const body = useRef<HTMLTableSectionElement>(null);
  useRowKeys(body, 'td.name a');
  const key = JSON.stringify([where, range.value, cursor]);
  const isAskable = problemOf(where) === undefined;
  const { data, problem, isLoading, retry } = useAnswer(isAskable ? key : undefined, (signal) =>
    ask<RequestsAnswer>(pathOf('/correlations', { ...eventParams(), cursor, limit: PAGE_ROWS }), {
      signal,
    }),
  );
  const { data: tracing } = useAnswer('tracing', (signal) =>
    ask<TracingAnswer>('/tracing/status', { signal }),
  );
  const states = new Map(tracing?.items.map(({ id, state }) => [id, state]));
  const hasGate = (tracing?.listeners.length ?? 0) > 0;
  return (
    <div class="page">
      <h1 class="sr-only">Requests</h1>
      <div class="filters">
        <RangePicker />
        <QueryLine line={where} known={{}} onLine={(line) => goWith({ where: line, cursor: '' })} />
        {/* Also of a request of which nothing has come. */}
        <IdForm
          label="Id of a request"
          action="Open"
          onId={(id) => go(placeOf('request', view.value, {}, id))}
        />
      </div>
      <ProblemNotice problem={problem} onRetry={retry} />
      <TableScroll label="Requests">
        <table class="requests">
          <thead>
            <tr>
              <th scope="col">Last event</th>
              <th scope="col">Request</th>
              <th scope="col" class="number">
                Duration
              </th>
              <th scope="col" class="number">
                Events
              </th>
              <th scope="col" class="number">
                Errors
              </th>
              <th scope="col">Worst</th>
              <th scope="col">Complete</th>
              {hasGate ? <th scope="col">Gate</th> : null}
            </tr>
          </thead>
          <tbody ref={body}>
            {(data?.items ?? []).map((item) => (
              <tr key={item.request_id} class={item.errors > 0 ? 'row-bad' : ''}>
                <td>
                  <time title={fullTimeText(item.last_wall_ns, zone.value)}>
                    {timeText(item.last_wall_ns, zone.value)}
                  </time>
                </td>
                <td class="name">
                  <a
                    href={urlOf(placeOf('request', view.value, {}, item.request_id))}
                    dir="auto"
                    title={item.request_id}
                  >
                    {item.request_id}
                  </a>
                </td>
                <td class="number">{durationText(item.duration_ns)}</td>
                <td class="number">{countText(item.events)}</td>
                <td class="number">{countText(item.errors)}</td>
                <td>
                  <SeverityMark severity={item.worst_severity} />
                </td>
                <td>
                  <StateMark state={item.complete} />
                </td>
                {hasGate ? (
                  <td>
                    <StateMark state={states.get(item.request_id) ?? 'COLD'} />
                  </td>
                ) : null}
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
      {data !== undefined && data.items.length === 0 ? (
        <Empty title="No request here">
          {where === '' && range.value.from === '' ? (
            <FirstSteps />
          ) : (
            <p>
              Of this span of time and query line there is none. A request that is COLD stays at
              home: open it by its id.
            </p>
          )}
        </Empty>
      ) : null}
      <Pager next={data?.next ?? undefined} isLoading={isLoading} />
    </div>
  );
}
