import { useSignal } from '@preact/signals';
import type { AlertItem, AlertsAnswer, PhaseChange, SimulationAnswer } from '../data/answers.js';
import { ask } from '../data/api.js';
import { zone } from '../data/preferences.js';
import { goWith, param, view } from '../data/router.js';
import { isAdmin } from '../data/session.js';
import { useAnswer } from '../data/use-answer.js';
import { agoText, fullTimeText, spanText } from '../logic/format.js';
import { placeOf, urlOf } from '../logic/view.js';
import { StateMark } from '../parts/marks.js';
import { Empty, Loading, ProblemNotice } from '../parts/notices.js';
import { TableScroll } from '../parts/table-scroll.js';

const REFRESH_MS = 10_000;
const SILENCES = [
  [3_600, '1 h'],
  [14_400, '4 h'],
  [86_400, '1 d'],
] as const;
/** How far a rule of SQL is taken to look back, for the link to its rows. */
const LOOK_BACK_MS = 300_000;

/** The rules, and where they stand. */
export default function AlertsPage() {
  const { data, problem, isLoading, retry } = useAnswer(
    'alerts',
    (signal) => ask<AlertsAnswer>('/alerts', { signal }),
    REFRESH_MS,
  );
  const open = data?.items.find(({ name }) => name === param('rule'));
  return (
    <div class="page">
      <div class="filters">
        <h1>Alerts</h1>
        {data?.file === undefined ? null : (
          <span>
            <code>{data.file}</code>, every {data.check_interval_seconds} s
            {data.looked_at === undefined
              ? ''
              : `, last ${agoText(Date.now() - Date.parse(data.looked_at))}`}
          </span>
        )}
        <Loading isLoading={isLoading} />
      </div>
      <ProblemNotice problem={problem} onRetry={retry} />
      {data?.problem === undefined ? null : (
        <p class="notice notice-bad" role="alert">
          The rules are those of before: {data.problem}
        </p>
      )}
      {data === undefined ? null : data.items.length === 0 ? (
        <Empty title="There are no rules">
          <pre>npx aegis-trace hub --alerts alerts.toml</pre>
          <p>The guide docs/alerts.md says what a rule is; examples/alerts.toml has ten.</p>
        </Empty>
      ) : (
        <Rules items={data.items} open={open?.name} />
      )}
      {open === undefined ? null : <Rule key={open.name} item={open} onChanged={retry} />}
    </div>
  );
}

function Rules({ items, open }: { items: readonly AlertItem[]; open: string | undefined }) {
  return (
    <TableScroll label="Rules">
      <table>
        <thead>
          <tr>
            <th scope="col">Rule</th>
            <th scope="col">Severity</th>
            <th scope="col">State</th>
            <th scope="col">Since</th>
            <th scope="col" class="number">
              Value
            </th>
            <th scope="col" class="number">
              Threshold
            </th>
            <th scope="col">What</th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={item.name} aria-selected={item.name === open}>
              <td class="name">
                <a href={urlOf(placeOf('alerts', view.value, { rule: item.name }))}>{item.name}</a>
              </td>
              <td>{item.severity}</td>
              <td>
                <StateMark state={item.state} />
              </td>
              <td>
                <time title={timeText(item.since)}>
                  {agoText(Date.now() - Date.parse(item.since))}
                </time>
              </td>
              <td class="number">{item.value ?? '–'}</td>
              <td class="number">{item.threshold}</td>
              <td dir="auto">{item.error ?? item.description}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}

function Rule({ item, onChanged }: { item: AlertItem; onChanged: () => void }) {
  const said = useSignal('');
  const simulated = useSignal<SimulationAnswer | undefined>(undefined);
  const path = `/alerts/${encodeURIComponent(item.name)}`;
  const attempt = async (what: () => Promise<unknown>): Promise<void> => {
    said.value = 'Asking…';
    try {
      await what();
      said.value = '';
    } catch (error) {
      said.value = (error as Error).message;
    }
  };
  const silence = (seconds: number): Promise<void> =>
    attempt(async () => {
      await ask(`${path}/silence`, { method: 'POST', body: { seconds } });
      onChanged();
    });
  const simulate = (): Promise<void> =>
    attempt(async () => {
      simulated.value = await ask<SimulationAnswer>(`${path}/simulate`, {
        method: 'POST',
        body: {},
      });
    });
  return (
    <section class="rule" aria-label={`Rule ${item.name}`}>
      <div class="filters">
        <h2>{item.name}</h2>
        <a class="button" href={rowsOf(item)}>
          The rows it looks at
        </a>
        <button type="button" onClick={() => void simulate()}>
          When would it have fired?
        </button>
        {isAdmin() ? (
          item.silenced_until === undefined ? (
            SILENCES.map(([seconds, name]) => (
              <button key={name} type="button" onClick={() => void silence(seconds)}>
                Silence for {name}
              </button>
            ))
          ) : (
            <button type="button" onClick={() => void silence(0)}>
              End the silence until {timeText(item.silenced_until)}
            </button>
          )
        ) : null}
        <button type="button" onClick={() => goWith({ rule: '' })}>
          Close
        </button>
        <span role="status">{said.value}</span>
      </div>
      <pre class="query">{item.query}</pre>
      <p>
        {item.window_seconds === undefined
          ? ''
          : `Of the last ${spanText(item.window_seconds * 1_000)}. `}
        Fires at {item.threshold}
        {item.for_seconds === 0 ? '' : `, after ${spanText(item.for_seconds * 1_000)} there`}; tells
        by {item.actions.join(', ')}
        {item.told_at === undefined
          ? ''
          : `, last ${agoText(Date.now() - Date.parse(item.told_at))}`}
        .
      </p>
      {item.requests.length === 0 ? null : (
        <p>
          It is about{' '}
          {item.requests.slice(0, 20).map((id) => (
            <a
              key={id}
              class="request-link"
              href={urlOf(placeOf('request', view.value, {}, id))}
              dir="auto"
            >
              {id}
            </a>
          ))}
        </p>
      )}
      <Changes
        title="History"
        changes={[...item.history].reverse()}
        nothing="It has not changed yet."
      />
      {simulated.value === undefined ? null : (
        <Changes
          title={`From ${timeText(simulated.value.from)} to ${timeText(simulated.value.until)} it would have`}
          changes={simulated.value.changes}
          nothing="stayed as it was."
        />
      )}
    </section>
  );
}

function Changes({
  title,
  changes,
  nothing,
}: {
  title: string;
  changes: readonly PhaseChange[];
  nothing: string;
}) {
  return (
    <section>
      <h3>{title}</h3>
      {changes.length === 0 ? (
        <p>{nothing}</p>
      ) : (
        <ol class="changes">
          {changes.map(({ at, from, to, value, error }) => (
            <li key={at + to}>
              <time>{timeText(at)}</time> {from} → <StateMark state={to} />{' '}
              {error ?? value ?? 'no number'}
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

/** The events that a rule goes by, at the time when it began to be as it is. */
function rowsOf({ query, window_seconds: window, since, phase }: AlertItem): string {
  const isOver = phase !== 'firing';
  const end = isOver ? Date.now() : Date.parse(since);
  const from = new Date(end - (window === undefined ? LOOK_BACK_MS : window * 1_000)).toISOString();
  const where = window === undefined ? (/'ERR'/.test(query) ? 'status:ERR' : '') : query;
  const to = isOver ? '' : new Date(Date.parse(since) + 1_000).toISOString();
  return urlOf({ page: 'events', id: '', params: { from, to, where } });
}

const timeText = (iso: string): string =>
  fullTimeText(BigInt(Date.parse(iso)) * 1_000_000n, zone.value).replace(/(\d{2})\.\d+/, '$1');
