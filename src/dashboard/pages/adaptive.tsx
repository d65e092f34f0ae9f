import { useSignal } from '@preact/signals';
import type { TracingAnswer } from '../data/answers.js';
import { ask } from '../data/api.js';
import { view } from '../data/router.js';
import { useAnswer } from '../data/use-answer.js';
import { countText, spanText } from '../logic/format.js';
import { placeOf, urlOf } from '../logic/view.js';
import { IdForm } from '../parts/id-form.js';
import { StateMark } from '../parts/marks.js';
import { Empty, Loading, ProblemNotice } from '../parts/notices.js';
import { TableScroll } from '../parts/table-scroll.js';

const REFRESH_MS = 5_000;
const CAUSES = { get: 'looked at', enable: 'asked for', error: 'had an error', alert: 'an alert' };

/** Which requests are sent whole, and why. */
export default function AdaptivePage() {
  const { data, problem, isLoading, retry } = useAnswer(
    'adaptive',
    (signal) => ask<TracingAnswer>('/tracing/status', { signal }),
    REFRESH_MS,
  );
  const wrong = useSignal('');
  const change = async (action: 'enable' | 'disable', id: string): Promise<void> => {
    wrong.value = '';
    try {
      await ask(`/tracing/${action}/${encodeURIComponent(id)}`, { method: 'POST' });
    } catch (error) {
      wrong.value = (error as Error).message;
    }
    retry();
  };
  return (
    <div class="page">
      <div class="filters">
        <h1>Adaptive tracing</h1>
        {data === undefined ? null : (
          <span>
            mode <StateMark state={data.mode} /> {countText(data.hot)} HOT, {countText(data.warm)}{' '}
            WARM, {countText(data.listeners.filter(({ is_live: isLive }) => isLive).length)}{' '}
            processes listen
          </span>
        )}
        <IdForm
          label="Id of a request"
          action="Make it HOT"
          onId={(id) => void change('enable', id)}
        />
        <Loading isLoading={isLoading} />
      </div>
      <p class="hint">
        {data?.mode === 'dry_run'
          ? 'Dry run: processes send everything, and say what they would have kept.'
          : 'Processes with a gate send a request whole while it is HOT, a share while it is WARM, and of all others only errors with their chains.'}
      </p>
      <ProblemNotice problem={problem} onRetry={retry} />
      {wrong.value === '' ? null : (
        <p class="notice notice-bad" role="alert">
          {wrong.value}
        </p>
      )}
      {data === undefined ? null : data.items.length === 0 ? (
        <Empty title="Everything is COLD">
          <p>
            Open a request, or make it HOT here: what the processes still have of it comes by
            itself.
          </p>
          {data.listeners.length === 0 ? (
            <p>
              No process with a gate has asked: <code>{'sink: { hub: { adaptive: true } }'}</code>
            </p>
          ) : null}
        </Empty>
      ) : (
        <TableScroll label="Open requests">
          <table>
            <thead>
              <tr>
                <th scope="col">Request</th>
                <th scope="col">State</th>
                <th scope="col">Why</th>
                <th scope="col" class="number">
                  Still
                </th>
                <th scope="col" class="number">
                  Answered
                </th>
                <th scope="col">
                  <span class="sr-only">Change</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {data.items.map(({ id, state, cause, remaining_seconds: seconds, answered }) => (
                <tr key={id}>
                  <td class="name">
                    <a href={urlOf(placeOf('request', view.value, {}, id))} dir="auto" title={id}>
                      {id}
                    </a>
                  </td>
                  <td>
                    <StateMark state={state} />
                  </td>
                  <td>{CAUSES[cause]}</td>
                  <td class="number">{spanText(seconds * 1_000)}</td>
                  <td class="number">
                    {answered === undefined
                      ? ''
                      : `${countText(answered)} of ${countText(data.listeners.length)}`}
                  </td>
                  <td>
                    <button type="button" onClick={() => void change('disable', id)}>
                      Make it COLD
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableScroll>
      )}
    </div>
  );
}
