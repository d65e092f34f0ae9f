import { setTimeout as sleep } from 'node:timers/promises';
import { expected, TraceError } from '../errors.js';
import type { chainAnswer } from '../hub/schemas/answers.js';
import type { Answer } from '../hub/schemas/typed.js';
import { parseExactJson } from '../wire/exact-json.js';
import { readStoredEvents } from '../wire/stored-events.js';
import { putTimeline } from './chain-command.js';
import { formatCount } from './format.js';
import type { HubClient } from './hub-client.js';
import { onWallClock, WALL_CLOCK } from './hub-source.js';
import { type CommandContext, EXIT } from './io.js';
import { safeJson, safeText } from './safe-text.js';

type TraceAnswer = Answer<typeof chainAnswer>;
type Hint = NonNullable<TraceAnswer['adaptive_hint']>;

/** What each reason means to whoever looks for the rest. */
const REASONS: Readonly<Record<TraceAnswer['account']['missing'][number]['reason'], string>> = {
  lost: 'were overwritten in its ring before they could be sent',
  rejected: 'were refused by its record()',
  refused: 'were refused by the hub',
  held_back: 'were kept back by its gate',
  overwritten: 'that its gate kept back were overwritten before anybody asked',
  unanswered: 'has not answered yet what it still has of this request',
  gone: 'has ended, or cannot be reached, with what its gate kept back',
  waiting: 'wait there to be sent',
  cut: 'the chain is longer than the hub sends at once',
  unaccounted: 'has not said what it lost since the hub was started',
};

/** Options of `get`. */
export interface GetCommandOptions {
  json?: boolean;
  /** Seconds, as they were written; true: the default. */
  wait?: string | true;
}

const WAIT_S = 10;
const WAIT_STEP_MS = 100;

/** `aegis-trace get ID`: the chain of a request from all processes, and what is missing of it. */
export async function getCommand(
  requestId: string,
  options: GetCommandOptions,
  client: HubClient,
  context: CommandContext,
): Promise<number> {
  if (requestId === '') {
    throw new TraceError('ERR_TRACE_QUERY', 'ID must be a non-empty string; got ""');
  }
  const { text, answer, hint } = await ask(requestId, waitMsOf(options.wait), client);
  const { items, complete, account } = answer;
  const events = readStoredEvents(items);
  if (options.json) await context.out.line(safeJson(text));
  else await putTimeline(asyncOf(events.map(onWallClock)), requestId, WALL_CLOCK, context);
  await context.out.flush();
  if (hint !== undefined) context.note(hintLine(hint, options.wait !== undefined, context.colors));
  if (events.length === 0) context.note(`the hub has no event of request ${safeText(requestId)}`);
  if (events.length > 0 || account.missing.length > 0) {
    for (const line of accountLines(complete, account)) context.note(line);
  }
  return events.length === 0 ? EXIT.negative : EXIT.ok;
}

/** Asks until every process that listens has answered, for so long; the hint is that of the first answer. */
async function ask(
  requestId: string,
  waitMs: number,
  client: HubClient,
): Promise<{ text: string; answer: TraceAnswer; hint: TraceAnswer['adaptive_hint'] }> {
  const end = performance.now() + waitMs;
  let hint: TraceAnswer['adaptive_hint'];
  for (;;) {
    const text = await client.get(`traces/${encodeURIComponent(requestId)}`);
    const answer = parseExactJson(text) as TraceAnswer;
    hint ??= answer.adaptive_hint;
    const isAwaited = answer.account.missing.some(({ reason }) => reason === 'unanswered');
    if (!isAwaited || performance.now() >= end) return { text, answer, hint };
    await sleep(WAIT_STEP_MS);
  }
}

function waitMsOf(wait: string | true | undefined): number {
  if (wait === undefined) return 0;
  const seconds = wait === true ? WAIT_S : Number(wait);
  if (Number.isFinite(seconds) && seconds >= 0 && wait !== '') return seconds * 1000;
  throw expected('ERR_TRACE_OPTION', '--wait', 'a number of seconds', wait);
}

function hintLine(
  { previous_state: previous, current_state: current, message, retry_after_seconds: seconds }: Hint,
  hasWaited: boolean,
  colors: CommandContext['colors'],
): string {
  const change =
    current === previous
      ? colors.blue(previous)
      : `${colors.blue(previous)} → ${colors.red(current)}`;
  const advice = hasWaited ? '' : `; ask again in ${seconds} s at most, or with --wait`;
  return `${change}: ${safeText(message)}${advice}`;
}

function* accountLines(
  complete: TraceAnswer['complete'],
  { sources, missing }: TraceAnswer['account'],
): Generator<string> {
  const of = sources === 1 ? '1 process' : `${formatCount(sources)} processes`;
  if (complete === 'yes') {
    yield `complete: ${of} sent all that ${sources === 1 ? 'it' : 'they'} recorded of it`;
    return;
  }
  yield complete === 'no' ? 'incomplete:' : `perhaps incomplete, by what ${of} said of themselves:`;
  for (const { run, service, reason, events } of missing) {
    const who = service ?? run;
    const count = events === undefined ? '' : `${formatCount(events)} events `;
    // A newer hub may have others.
    const what = REASONS[reason] ?? reason;
    yield `  ${who === undefined ? '' : `${safeText(who)}: `}${count}${safeText(what)}`;
  }
}

async function* asyncOf<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
