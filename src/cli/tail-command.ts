import { setTimeout as sleep } from 'node:timers/promises';
import { TraceError } from '../errors.js';
import { parseExactJson } from '../wire/exact-json.js';
import { type ServerEvent, serverEvents } from '../wire/server-events.js';
import { readStoredEvent } from '../wire/stored-events.js';
import { eventRow, eventRowHead } from './event-row.js';
import { formatCount } from './format.js';
import type { HubClient } from './hub-client.js';
import { onWallClock, WALL_CLOCK } from './hub-source.js';
import type { CommandContext } from './io.js';
import { isClosedPipe } from './output.js';
import { parseWhere } from './query-command.js';
import { safeJson } from './safe-text.js';

const RECONNECT_MS = 2_000;

export interface TailCommandOptions {
  where?: string;
  json?: boolean;
}

/** `aegis-trace tail`: events as they come, until Ctrl-C; what was missed is said. */
export async function tailCommand(
  options: TailCommandOptions,
  client: HubClient,
  context: CommandContext,
): Promise<never> {
  // The mark under what is wrong is better than the hub's answer.
  if (options.where !== undefined) parseWhere(options.where, context);
  let lastId: string | undefined;
  let isFirst = true;
  for (;;) {
    try {
      const stream = await client.stream('recent/stream', { where: options.where }, lastId);
      if (!isFirst) context.note('connected again');
      else if (!options.json) await context.out.line(context.colors.bold(eventRowHead()));
      await context.out.flush();
      isFirst = false;
      for await (const event of serverEvents(stream)) {
        await put(event, options, context);
        lastId = event.id ?? lastId;
      }
      context.note('the hub has ended the stream; connecting again');
    } catch (error) {
      // At the start it is a mistake of whoever asks; later the hub may come back.
      if (isFirst || isClosedPipe(error) || !isPassing(error)) throw error;
      context.note(`${(error as Error).message}; trying again`);
    }
    await sleep(RECONNECT_MS);
  }
}

async function put(
  { event, data }: ServerEvent,
  { json }: TailCommandOptions,
  { out, note, colors }: CommandContext,
): Promise<void> {
  if (event === 'gap') {
    const { missed } = JSON.parse(data) as { missed: number };
    note(`${formatCount(missed)} ${missed === 1 ? 'event is' : 'events are'} missing here`);
  } else if (event === 'message') {
    const line = json
      ? safeJson(data)
      : eventRow(WALL_CLOCK, onWallClock(readStoredEvent(parseExactJson(data))), colors);
    await out.line(line);
    await out.flush();
  }
}

function isPassing(error: unknown): boolean {
  // A stream that breaks off throws what is no TraceError.
  return !(error instanceof TraceError) || error.code === 'ERR_TRACE_HUB';
}
