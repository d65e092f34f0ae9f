import { useSignal } from '@preact/signals';
import { useLayoutEffect, useMemo } from 'preact/hooks';
import type { ChainAnswer, TracingAnswer } from '../data/answers.js';
import { ask, askChain, askEvents, pathOf } from '../data/api.js';
import { type PageEvent, placeText } from '../data/events.js';
import { zone } from '../data/preferences.js';
import { adjust, param, view } from '../data/router.js';
import { useAnswer } from '../data/use-answer.js';
import { amountText, countText, durationText, fullTimeText, spanText } from '../logic/format.js';
import { isTyping } from '../logic/shortcuts.js';
import { nextIn, rowsWith, type Waterfall, waterfallOf } from '../logic/waterfall.js';
import { ChainTable } from '../parts/chain-table.js';
import { EventDetail } from '../parts/event-detail.js';
import { StateMark } from '../parts/marks.js';
import { Empty, Loading, ProblemNotice } from '../parts/notices.js';
import { isTable, TableToggle } from '../parts/table-toggle.js';
import { WaterfallView } from '../parts/waterfall.js';

/** While the processes are asked for what they still have. */
const BACKFILL_MS = 1_000;
const FIRST_EVENTS = 500;
/** Then whoever has not answered is not waited for. */
const BACKFILL_TURNS = 60;

/** What happened to one request, and why. */
export default function RequestPage() {
  const { id } = view.value;
  const turns = useSignal(0);
  const isWaiting = useSignal(false);
  // A long chain takes its time: its beginning is asked for first, and there at once.
  const { data: first } = useAnswer(id, async (signal) => {
    const path = pathOf('/recent', { request: id, order: 'oldest', limit: FIRST_EVENTS });
    return { id, page: await askEvents(path, signal) };
  });
  const { data, problem, isLoading, retry } = useAnswer(
    id,
    async (signal, isRefresh) => {
      turns.value = isRefresh ? turns.value + 1 : 0;
      const [chain, tracing] = await Promise.all([
        askChain(id, !isRefresh, signal),
        ask<TracingAnswer>('/tracing/status', { signal }),
      ]);
      isWaiting.value = waitsFor(id, tracing) && turns.value < BACKFILL_TURNS;
      return { id, chain, tracing };
    },
    isWaiting.value ? BACKFILL_MS : undefined,
  );
  const known = data?.id === id ? data : undefined;
  const beginning = first?.id === id ? first.page : undefined;
  const events = known?.chain.events ?? beginning?.events;
  // A refresh that brings nothing new paints nothing.
  const mark = events === undefined ? '' : `${id} ${events.length}`;
  const waterfall = useMemo(() => waterfallOf(events ?? []), [mark]);
  return (
    <div class="page with-detail">
      <div class="request-head">
        <h1 dir="auto" title={id}>
          {id}
        </h1>
        <Loading isLoading={isLoading && known === undefined} />
        {known === undefined && beginning?.next !== undefined ? (
          <span role="status">
            The first {amountText(beginning.events.length, 'event')}; all of them come in a moment.
          </span>
        ) : null}
      </div>
      <ProblemNotice problem={problem} onRetry={retry} />
      {known === undefined ? null : (
        <Facts chain={known.chain} tracing={known.tracing} id={id} waterfall={waterfall} />
      )}
      {known !== undefined && waterfall.rows.length === 0 ? (
        <Empty title="Nothing of this request is here">
          <p>
            {known.chain.adaptive_hint?.message ??
              'No process has sent anything of it. Is the id whole?'}
          </p>
        </Empty>
      ) : null}
      {waterfall.rows.length === 0 ? null : <Chain waterfall={waterfall} />}
      {param('row') === '' ? null : (
        <EventDetail place={param('row')} onClose={() => adjust({ row: '' })} />
      )}
    </div>
  );
}

/** Whether processes have been asked for a request, and have not all sent what they had. */
function waitsFor(id: string, { items, listeners }: TracingAnswer): boolean {
  const heat = items.find((item) => item.id === id);
  return heat?.state === 'HOT' && (heat.answered ?? 0) < listeners.length;
}

function Facts({
  chain,
  tracing,
  id,
  waterfall,
}: {
  chain: ChainAnswer;
  tracing: TracingAnswer;
  id: string;
  waterfall: Waterfall;
}) {
  const heat = tracing.items.find((item) => item.id === id);
  const hasGate = tracing.mode !== 'off' && tracing.listeners.length > 0;
  const lengthNs = BigInt(Math.round(waterfall.lengthNs));
  return (
    <div class="request-facts">
      {waterfall.rows.length === 0 ? null : (
        <span>
          {amountText(waterfall.rows.length, 'event')}
          {waterfall.rows.length === 1 ? ', at ' : ` in ${durationText(lengthNs)}, from `}
          <time>{fullTimeText(waterfall.startWallNs, zone.value)}</time>
        </span>
      )}
      {waterfall.errors.length === 0 ? null : (
        <span class="mark mark-bad">{amountText(waterfall.errors.length, 'error')}</span>
      )}
      <span>
        complete <StateMark state={chain.complete} />
      </span>
      {hasGate ? (
        <span>
          gate <StateMark state={heat?.state ?? 'COLD'} />
          {heat === undefined
            ? null
            : ` for ${spanText(heat.remaining_seconds * 1_000)} still: ${CAUSES[heat.cause]}`}
        </span>
      ) : null}
      {waitsFor(id, tracing) ? (
        <span role="status">
          {countText(heat?.answered ?? 0)} of {countText(tracing.listeners.length)} processes have
          sent what they had
        </span>
      ) : null}
      {chain.adaptive_hint === undefined || waterfall.rows.length === 0 ? null : (
        <p class="notice">{chain.adaptive_hint.message}</p>
      )}
      {chain.account.missing.map(({ run = '', service, reason, events }) => (
        <span key={run + reason} class="missing">
          {events === undefined ? 'something' : amountText(events, 'event')} of{' '}
          {service ?? (run || 'a process')} missing: {reason}
        </span>
      ))}
    </div>
  );
}

const CAUSES: Readonly<Record<TracingAnswer['items'][0]['cause'], string>> = {
  get: 'somebody looked',
  enable: 'somebody asked for it',
  error: 'it had an error',
  alert: 'an alert is about it',
};

function Chain({ waterfall }: { waterfall: Waterfall }) {
  const text = useSignal('');
  const { rows, errors } = waterfall;
  const places = useMemo(
    () => new Map(rows.map(({ stored }, index) => [placeText(stored), index])),
    [rows],
  );
  const selected = places.get(param('row'));
  const found = useMemo(() => rowsWith(rows, text.value), [rows, text.value]);
  const select = (row: number | undefined): void => {
    const chosen = row === undefined ? undefined : rows[row];
    if (chosen !== undefined) adjust({ row: placeText(chosen.stored as PageEvent) });
  };
  // With what is seen: a key is about that.
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (isTyping(event)) return;
      const from = selected ?? -1;
      const { key } = event;
      if (key === 'e') select(nextIn(errors, from, 1));
      else if (key === 'E') select(nextIn(errors, selected ?? rows.length, -1));
      else if (key === '.' || key === 'j') select(Math.min(from + 1, rows.length - 1));
      else if (key === ',' || key === 'k') select(Math.max(from - 1, 0));
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  });
  return (
    <section aria-label="Chain">
      <div class="filters">
        <input
          data-search
          aria-label="Find in this request"
          placeholder="Find in this request"
          value={text.value}
          onInput={({ currentTarget }) => {
            text.value = currentTarget.value;
          }}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || found.length === 0) return;
            select(nextIn(found, selected ?? -1, 1) ?? found[0]);
          }}
        />
        {text.value === '' ? null : <span role="status">{countText(found.length)} found</span>}
        <button
          type="button"
          disabled={errors.length === 0}
          onClick={() => select(nextIn(errors, selected ?? -1, 1) ?? errors[0])}
        >
          Next error <kbd>e</kbd>
        </button>
        <TableToggle />
      </div>
      {isTable() ? (
        <ChainTable waterfall={waterfall} selected={selected} onSelect={select} />
      ) : (
        <WaterfallView waterfall={waterfall} selected={selected} found={found} onSelect={select} />
      )}
    </section>
  );
}
