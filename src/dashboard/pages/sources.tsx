import type { SourcesAnswer } from '../data/answers.js';
import { ask } from '../data/api.js';
import { useAnswer } from '../data/use-answer.js';
import { agoText, countText, spanText } from '../logic/format.js';
import { Empty, FirstSteps, Loading, ProblemNotice } from '../parts/notices.js';
import { TableScroll } from '../parts/table-scroll.js';

const REFRESH_MS = 5_000;
/** A clock that is off by so much puts events where nobody looks for them. */
const OFFSET_MS = 1_000;

type Source = SourcesAnswer['items'][0];

/** Who sends, and what they lost. */
export default function SourcesPage() {
  const { data, problem, isLoading, retry } = useAnswer(
    'sources',
    (signal) => ask<SourcesAnswer>('/stats/sources', { signal }),
    REFRESH_MS,
  );
  return (
    <div class="page">
      <div class="filters">
        <h1>Sources</h1>
        {data === undefined ? null : (
          <span>{countText(data.items.length)} have sent since the hub was started</span>
        )}
        <Loading isLoading={isLoading} />
      </div>
      <ProblemNotice problem={problem} onRetry={retry} />
      {data === undefined ? null : data.items.length === 0 ? (
        <Empty title="Nobody has sent since the hub was started">
          <FirstSteps />
        </Empty>
      ) : (
        <TableScroll label="Sources">
          <table>
            <thead>
              <tr>
                {['Service', 'Pid', 'Host', 'Last seen'].map((head) => (
                  <th key={head} scope="col">
                    {head}
                  </th>
                ))}
                {[
                  'Received',
                  'Duplicate',
                  'Rejected',
                  'Lost there',
                  'Held back',
                  'Waiting',
                  'Write lag',
                  'Clock',
                ].map((head) => (
                  <th key={head} scope="col" class="number">
                    {head}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {data.items.map((source) => (
                <Row key={source.run} source={source} />
              ))}
            </tbody>
          </table>
        </TableScroll>
      )}
    </div>
  );
}

function Row({ source }: { source: Source }) {
  const {
    lost = 0,
    lost_errors: lostErrors = 0,
    write_lag_ms: lag,
    clock_offset_ms: offset,
  } = source;
  return (
    <tr class={lost > 0 ? 'row-bad' : ''}>
      <td class="name" dir="auto" title={source.run}>
        {source.service ?? source.run}
        {source.version === undefined ? '' : ` ${source.version}`}
      </td>
      <td>{source.pid === 0 ? '' : source.pid}</td>
      <td dir="auto">{source.host}</td>
      <td>{agoText(Date.now() - source.last_seen_ms)}</td>
      <td class="number">{countText(source.received)}</td>
      <td class="number">{countText(source.duplicates)}</td>
      <Amount count={source.rejected} isBad={source.rejected > 0} />
      <td class={lost > 0 ? 'number bad' : 'number'}>
        {source.lost === undefined ? '–' : countText(lost)}
        {lostErrors > 0 ? ` (${countText(lostErrors)} errors)` : ''}
      </td>
      <Amount count={source.held_back} isBad={false} />
      <Amount count={source.backlog} isBad={false} />
      <td class="number">{lag === undefined ? '–' : lag < 10_000 ? `${lag} ms` : spanText(lag)}</td>
      <td class={Math.abs(offset ?? 0) > OFFSET_MS ? 'number bad' : 'number'}>
        {offset === undefined ? '–' : `${offset > 0 ? '+' : ''}${Math.round(offset)} ms`}
      </td>
    </tr>
  );
}

function Amount({ count, isBad }: { count: number | undefined; isBad: boolean }) {
  return (
    <td class={isBad ? 'number bad' : 'number'}>{count === undefined ? '–' : countText(count)}</td>
  );
}
