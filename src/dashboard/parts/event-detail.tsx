import { useSignal } from '@preact/signals';
import type { OverviewAnswer } from '../data/answers.js';
import { ask, askEvent, pathOf } from '../data/api.js';
import { jsonText, type PageEvent, placeText } from '../data/events.js';
import { zone } from '../data/preferences.js';
import { view } from '../data/router.js';
import { useAnswer } from '../data/use-answer.js';
import { countText, durationText, fullTimeText } from '../logic/format.js';
import { placeOf, urlOf } from '../logic/view.js';
import { SeverityMark, Sparkline } from './marks.js';
import { Loading, ProblemNotice } from './notices.js';

/** Characters of a value that are shown at once. */
const VALUE_CHARACTERS = 4_000;
const HOUR_MS = 3_600_000;

/** Why the gate of its process has sent it. */
const KEPT: Readonly<Record<string, string>> = {
  error: 'because its request had an error',
  hot: 'because its request was HOT',
  warm: 'because its request was WARM',
  default: 'by the rate for all requests',
  dry_run: 'in a dry run; else it would have stayed',
};

/** All that is known of an event: why first, numbers second. */
export function EventDetail({ place, onClose }: { place: string; onClose: () => void }) {
  const { data, problem, isLoading, retry } = useAnswer(place, (signal) => askEvent(place, signal));
  const stored = data !== undefined && placeText(data) === place ? data : undefined;
  return (
    <aside class="detail" aria-label="Event">
      <div class="detail-head">
        <h2>{stored?.event.eventType ?? 'Event'}</h2>
        <CopyButtons stored={stored} />
        <button type="button" onClick={onClose} aria-label="Close">
          ✕
        </button>
      </div>
      <Loading isLoading={isLoading && stored === undefined} />
      <ProblemNotice problem={problem} onRetry={retry} />
      {stored === undefined ? null : <Known stored={stored} />}
    </aside>
  );
}

function Known({ stored }: { stored: PageEvent }) {
  const { event, wallNs, process } = stored;
  const { attributes } = event;
  const file = attributes['code.file.path'];
  const line = attributes['code.line.number'];
  const kept = attributes['aegis.kept'];
  const stack = ['stack', 'stack.2', 'stack.3', 'stack.4']
    .map((name) => attributes[name] ?? '')
    .join('');
  const shown = Object.entries(attributes).filter(
    ([name]) => !/^(stack(\.\d)?|code\..*|aegis\.kept)$/.test(name),
  );
  const isArgument = (name: string): boolean => name.startsWith('arg._') || name === 'result';
  return (
    <>
      {event.rationale === '' ? null : (
        <p class="rationale" dir="auto">
          {event.rationale}
        </p>
      )}
      <dl class="facts">
        <Fact name="Severity">
          <SeverityMark severity={event.severity} />
        </Fact>
        <Fact name="Time">{fullTimeText(wallNs, zone.value)}</Fact>
        {event.durationNs === 0n ? null : (
          <Fact name="Duration">
            {durationText(event.durationNs)} <small>{countText(event.durationNs)} ns</small>
          </Fact>
        )}
        <Fact name="Process">{process}</Fact>
        <Fact name="Component">{event.component}</Fact>
        {event.modelId === '' ? null : <Fact name="Model">{event.modelId}</Fact>}
        {event.requestId === '' ? null : (
          <Fact name="Request">
            <a
              href={urlOf(
                placeOf('request', view.value, { row: placeText(stored) }, event.requestId),
              )}
            >
              {event.requestId}
            </a>
          </Fact>
        )}
        {file === undefined ? null : (
          <Fact name="Code">
            <code>{line === undefined ? file : `${file}:${line}`}</code>
          </Fact>
        )}
        {kept === undefined ? null : <Fact name="Kept">{KEPT[kept] ?? kept}</Fact>}
        <Fact name="Place">
          <code>{placeText(stored)}</code>
        </Fact>
      </dl>
      <Values title="Arguments and result" values={shown.filter(([name]) => isArgument(name))} />
      <Values title="Attributes" values={shown.filter(([name]) => !isArgument(name))} />
      {stack === '' ? null : <Values title="Stack" values={[['', stack]]} />}
      <ProcessSparkline process={process} />
    </>
  );
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd dir="auto">{children}</dd>
    </div>
  );
}

function Values({
  title,
  values,
}: {
  title: string;
  values: readonly (readonly [string, string])[];
}) {
  if (values.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <dl class="values">
        {values.map(([name, value]) => (
          <div key={name}>
            {name === '' ? null : <dt>{name.replace(/^arg\._/, '')}</dt>}
            <dd>
              <LongText text={value} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** A large text is shown when somebody asks for it. */
function LongText({ text }: { text: string }) {
  const isWhole = useSignal(text.length <= VALUE_CHARACTERS);
  return (
    <>
      <pre dir="auto">{isWhole.value ? text : `${text.slice(0, VALUE_CHARACTERS)}…`}</pre>
      {isWhole.value ? null : (
        <button
          type="button"
          onClick={() => {
            isWhole.value = true;
          }}
        >
          All {countText(text.length)} characters
        </button>
      )}
    </>
  );
}

/** Copies the event as JSON, or the command that asks for it. */
function CopyButtons({ stored }: { stored: PageEvent | undefined }) {
  const copied = useSignal('');
  if (stored === undefined) return null;
  const place = placeText(stored);
  const url = new URL(`/events/${place}`, location.origin);
  const texts = {
    JSON: () => jsonText(stored),
    curl: () => `curl -H "Authorization: Bearer $AEGIS_HUB_KEY" ${url}`,
  };
  return Object.entries(texts).map(([name, textOf]) => (
    <button
      key={name}
      type="button"
      onClick={async () => {
        await navigator.clipboard.writeText(textOf());
        copied.value = `${place} ${name}`;
      }}
    >
      {copied.value === `${place} ${name}` ? 'Copied' : `Copy ${name}`}
    </button>
  ));
}

function ProcessSparkline({ process }: { process: string }) {
  const { data } = useAnswer(process, (signal) => {
    const from = new Date(Date.now() - HOUR_MS).toISOString();
    return ask<OverviewAnswer>(pathOf('/overview', { process, from, buckets: 60 }), { signal });
  });
  const counts = data?.processes[0]?.counts;
  if (counts === undefined) return null;
  return (
    <section>
      <h3>
        <bdi>{process}</bdi>, last hour
      </h3>
      <Sparkline counts={counts} label={`Events a minute of ${process} in the last hour`} />
    </section>
  );
}
