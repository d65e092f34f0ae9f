import type { ComponentChildren } from 'preact';
import type { HubStatus } from '../data/answers.js';
import { ask } from '../data/api.js';
import { view } from '../data/router.js';
import { session } from '../data/session.js';
import { useAnswer } from '../data/use-answer.js';
import { countText, spanText } from '../logic/format.js';
import { type PageName, placeOf, urlOf } from '../logic/view.js';

/** Of what is at the bottom of every page. */
const REFRESH_MS = 10_000;

/** Whether something is wrong, in five figures; each leads to where more is known. */
export function StatusBar() {
  const { data, problem } = useAnswer(
    'status',
    (signal) => ask<HubStatus>('/status', { signal }),
    REFRESH_MS,
  );
  const link = (page: PageName, params: Record<string, string> = {}): string =>
    urlOf(placeOf(page, view.value, params));
  if (problem !== undefined && problem.code !== 'unauthorized') {
    return (
      <footer class="status-bar">
        <span class="mark mark-bad" role="status">
          hub gone
        </span>{' '}
        {problem.message} What is shown is what was there.
      </footer>
    );
  }
  const status = data;
  const alerts = (status?.alerts_firing ?? 0) + (status?.alerts_failing ?? 0);
  return (
    <footer class="status-bar">
      <Figure
        href={link('events', { from: '-5m', to: '', where: 'status:ERR' })}
        label="errors in 5 min"
        isBad={(status?.errors ?? 0) > 0}
      >
        {status && `${countText(status.errors)} of ${countText(status.events)}`}
      </Figure>
      <Figure href={link('sources')} label="lost" isBad={(status?.lost ?? 0) > 0}>
        {status && countText(status.lost)}
      </Figure>
      <Figure href={link('sources')} label="queue" isBad={(status?.queue_requests ?? 0) > 100}>
        {status && countText(status.queue_requests)}
      </Figure>
      <Figure href={link('sources')} label="write lag" isBad={(status?.write_lag_ms ?? 0) > 5_000}>
        {status && (status.write_lag_ms === undefined ? '–' : lagText(status.write_lag_ms))}
      </Figure>
      <Figure href={link('alerts')} label="alerts" isBad={alerts > 0}>
        {status && countText(alerts)}
      </Figure>
      <span class="status-title">{session.value?.title}</span>
    </footer>
  );
}

const lagText = (ms: number): string => (ms < 10_000 ? `${ms} ms` : spanText(ms));

function Figure({
  href,
  label,
  isBad,
  children,
}: {
  href: string;
  label: string;
  isBad: boolean;
  children: ComponentChildren;
}) {
  return (
    <a class={isBad ? 'figure figure-bad' : 'figure'} href={href}>
      {label} <b>{children ?? '…'}</b>
      {isBad ? <span class="sr-only"> (look)</span> : null}
    </a>
  );
}
