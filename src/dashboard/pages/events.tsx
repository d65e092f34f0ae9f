import { takeAhead } from '../data/ahead.js';
import type { EventPage, ProcessesAnswer } from '../data/answers.js';
import { ask } from '../data/api.js';
import { adjust, goWith, param, range } from '../data/router.js';
import { useAnswer } from '../data/use-answer.js';
import { amountText } from '../logic/format.js';
import { includedValue, including, problemOf } from '../logic/query-terms.js';
import { columnsOf } from '../parts/event-columns.js';
import { EventDetail } from '../parts/event-detail.js';
import { ColumnsMenu, ExportMenu } from '../parts/event-menus.js';
import { EventTable } from '../parts/event-table.js';
import { LiveEvents } from '../parts/live-events.js';
import { Empty, FirstSteps, ProblemNotice } from '../parts/notices.js';
import { Pager } from '../parts/pager.js';
import { QueryLine } from '../parts/query-line.js';
import { RangePicker } from '../parts/range-picker.js';
import { askShownEvents } from './event-params.js';

/** In the list; the query line completes all of them. */
const NAMES_MAX = 200;
const NAME_CHARACTERS = 80;

export function EventsPage() {
  const { data: processes } = useAnswer('processes', (signal) =>
    ask<ProcessesAnswer>('/processes', { signal }),
  );
  const names = processes?.items.map(({ process }) => process) ?? [];
  const where = param('where');
  const isLive = param('live') === '1';
  const setLine = (line: string): void => goWith({ where: line, cursor: '' });
  return (
    <div class="page with-detail">
      <h1 class="sr-only">Events</h1>
      <div class="filters">
        <RangePicker />
        <label>
          <span class="sr-only">Process</span>
          <select
            value={includedValue(where, 'process') ?? ''}
            onChange={({ currentTarget }) =>
              setLine(including(where, 'process', currentTarget.value))
            }
          >
            <option value="">Any process</option>
            {names.slice(0, NAMES_MAX).map((name) => (
              <option key={name} value={name}>
                {name.slice(0, NAME_CHARACTERS)}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span class="sr-only">Status</span>
          <select
            value={includedValue(where, 'status') ?? ''}
            onChange={({ currentTarget }) =>
              setLine(including(where, 'status', currentTarget.value))
            }
          >
            <option value="">Any status</option>
            <option value="ERR">ERR</option>
            <option value="OK">OK</option>
          </select>
        </label>
        <QueryLine line={where} known={{ process: names }} onLine={setLine} />
        <button
          type="button"
          class={isLive ? 'primary' : ''}
          aria-pressed={isLive}
          onClick={() => goWith({ live: isLive ? '' : '1', cursor: '', row: '' })}
        >
          Live
        </button>
        <ColumnsMenu />
        <ExportMenu />
      </div>
      {isLive ? <LiveEvents /> : <StoredEvents />}
      {param('row') === '' ? null : (
        <EventDetail place={param('row')} onClose={() => adjust({ row: '' })} />
      )}
    </div>
  );
}

function StoredEvents() {
  const cursor = param('cursor');
  const where = param('where');
  const isAskable = problemOf(where) === undefined;
  const key = JSON.stringify([where, range.value, cursor]);
  const { data, problem, isLoading, retry } = useAnswer(
    isAskable ? key : undefined,
    (signal) => takeAhead<EventPage>() ?? askShownEvents(signal),
  );
  // By their place on the page: its rows are filled anew, not made anew.
  const rows = (data?.events ?? []).map((event, key) => ({ kind: 'event' as const, key, event }));
  return (
    <section class="list" aria-label="Events">
      <ProblemNotice problem={problem} onRetry={retry} />
      <EventTable rows={rows} columns={columnsOf(param('cols'))}>
        {data !== undefined && rows.length === 0 ? <NoEvents /> : null}
      </EventTable>
      <Pager next={data?.next} isLoading={isLoading}>
        <span>
          {data === undefined ? '' : (data.isExact ? '' : '≥ ') + amountText(data.count, 'event')}
        </span>
      </Pager>
    </section>
  );
}

function NoEvents() {
  const isFiltered = param('where') !== '' || range.value.from !== '' || range.value.to !== '';
  if (!isFiltered) {
    return (
      <Empty title="Nothing has come yet">
        <FirstSteps />
      </Empty>
    );
  }
  return (
    <Empty title="Nothing matches">
      <p>
        Of this span of time and query line there is no event. If its project is switched off, or
        its request COLD, it stays at home.
      </p>
      <button type="button" onClick={() => goWith({ where: '', from: '', to: '', cursor: '' })}>
        Show everything
      </button>{' '}
      <a href="/ui/projects">Projects</a> <a href="/ui/adaptive">What is HOT</a>
    </Empty>
  );
}
