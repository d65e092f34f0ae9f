import { TraceError } from '../errors.js';
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

/** What each reason means to whoever looks for the rest. */
const REASONS: Readonly<Record<TraceAnswer['account']['missing'][number]['reason'], string>> = {
  lost: 'were overwritten in its ring before they could be sent',
  rejected: 'were refused by its record()',
  refused: 'were refused by the hub',
  held_back: 'were kept back by its gate',
  waiting: 'wait there to be sent',
  cut: 'the chain is longer than the hub sends at once',
  unaccounted: 'has not said what it lost since the hub was started',
};

/** `aegis-trace get ID`: the chain of a request from all processes, and what is missing of it. */
export async function getCommand(
  requestId: string,
  options: { json?: boolean },
  client: HubClient,
  context: CommandContext,
): Promise<number> {
  if (requestId === '') {
    throw new TraceError('ERR_TRACE_QUERY', 'ID must be a non-empty string; got ""');
  }
  const text = await client.get(`traces/${encodeURIComponent(requestId)}`);
  const { items, complete, account } = parseExactJson(text) as TraceAnswer;
  const events = readStoredEvents(items);
  if (options.json) await context.out.line(safeJson(text));
  else await putTimeline(asyncOf(events.map(onWallClock)), requestId, WALL_CLOCK, context);
  await context.out.flush();
  if (events.length === 0) context.note(`the hub has no event of request ${safeText(requestId)}`);
  if (events.length > 0 || account.missing.length > 0) {
    for (const line of accountLines(complete, account)) context.note(line);
  }
  return events.length === 0 ? EXIT.negative : EXIT.ok;
}

function* accountLines(
  complete: TraceAnswer['complete'],
  { sources, missing }: TraceAnswer['account'],
): Generator<string> {
  const of = sources === 1 ? '1 process' : `${formatCount(sources)} processes`;
  if (complete === 'yes') {
    yield `complete: ${of} sent all that they recorded`;
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
