import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { followStream } from '../data/live.js';
import { param, view } from '../data/router.js';
import { session } from '../data/session.js';
import { status as hubStatus, isHubThere } from '../data/status.js';
import { countText, spanText } from '../logic/format.js';
import { problemOf } from '../logic/query-terms.js';
import { type PageName, placeOf, urlOf } from '../logic/view.js';

/** Whether something is wrong, in five figures; each leads to where more is known. */
export function StatusBar() {
  // A tab has one stream: live events bring the status along.
  const isCarried =
    view.value.page === 'events' &&
    param('live') === '1' &&
    problemOf(param('where')) === undefined;
  useEffect(() => (isCarried ? undefined : followStream('/status/stream')), [isCarried]);
  const link = (page: PageName, params: Record<string, string> = {}): string =>
    urlOf(placeOf(page, view.value, params));
  if (isHubThere.value === false) {
    return (
      <footer class="status-bar status-gone">
        <span class="mark mark-bad" role="status">
          hub gone
        </span>{' '}
        It does not answer. What is shown is what was there.
      </footer>
    );
  }
  const status = hubStatus.value;
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
