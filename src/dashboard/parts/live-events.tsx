import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { pathOf } from '../data/api.js';
import type { PageEvent } from '../data/events.js';
import { followStream } from '../data/live.js';
import { param } from '../data/router.js';
import { isHubThere } from '../data/status.js';
import { countText } from '../logic/format.js';
import { LiveBuffer, type LiveState } from '../logic/live-buffer.js';
import { problemOf } from '../logic/query-terms.js';
import { isTyping } from '../logic/shortcuts.js';
import { columnsOf } from './event-columns.js';
import { EventTable } from './event-table.js';
import { Empty } from './notices.js';

/** Rows that are drawn; more are held, and come when one scrolls no further than the eye. */
const DRAWN_MAX = 100;

/** The table as events come. Space or scrolling pauses it. */
export function LiveEvents() {
  const where = param('where');
  const buffer = useRef(new LiveBuffer<PageEvent>());
  const state = useSignal<LiveState<PageEvent>>(buffer.current.state);
  const show = (): void => {
    state.value = buffer.current.state;
  };
  const pause = (isPaused: boolean): void => {
    if (isPaused) buffer.current.pause();
    else buffer.current.resume();
    show();
  };

  useEffect(() => {
    if (problemOf(where) !== undefined) return;
    buffer.current.clear();
    show();
    return followStream(pathOf('/recent/stream', { where, status_events: 'true' }), {
      onEvents: (events) => {
        buffer.current.add(events);
        show();
      },
      onGap: (missed) => {
        buffer.current.miss(missed);
        show();
      },
    });
  }, [where]);

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (isTyping(event) || event.key !== ' ' || event.target instanceof HTMLButtonElement) return;
      event.preventDefault();
      pause(!buffer.current.state.isPaused);
    };
    const onScroll = (): void => {
      if (scrollY > 40 && !buffer.current.state.isPaused) pause(true);
    };
    addEventListener('keydown', onKey);
    addEventListener('scroll', onScroll, { passive: true });
    return () => {
      removeEventListener('keydown', onKey);
      removeEventListener('scroll', onScroll);
    };
  }, []);

  const { rows, isPaused, waiting } = state.value;
  return (
    <section class="list" aria-label="Live events">
      <div class="live-bar">
        <span class={isHubThere.value ? 'mark mark-ok' : 'mark mark-warn'} role="status">
          {isHubThere.value ? (isPaused ? 'paused' : 'live') : 'reconnecting…'}
        </span>
        <button type="button" onClick={() => pause(!isPaused)}>
          {isPaused ? (waiting > 0 ? `${countText(waiting)} new: go on` : 'Go on') : 'Pause'}{' '}
          <kbd>Space</kbd>
        </button>
      </div>
      <EventTable rows={rows.slice(0, DRAWN_MAX)} columns={columnsOf(param('cols'))}>
        {rows.length === 0 ? (
          <Empty title="Waiting for events">
            <p>
              What matches the query line stands here as it comes. A project that is switched off,
              and requests that are COLD, send nothing.
            </p>
          </Empty>
        ) : null}
      </EventTable>
    </section>
  );
}
