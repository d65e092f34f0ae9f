import type { sourcesAnswer, statsAnswer } from '../hub/schemas/answers.js';
import type { Answer } from '../hub/schemas/typed.js';
import { int64Of, parseExactJson } from '../wire/exact-json.js';
import { formatCount, formatWallTime } from './format.js';
import type { HubClient } from './hub-client.js';
import { WALL_CLOCK } from './hub-source.js';
import { type CommandContext, EXIT } from './io.js';
import { plainTable } from './plain-table.js';
import { safeJson, safeText } from './safe-text.js';

type SourceItem = Answer<typeof sourcesAnswer>['items'][number];

/** `aegis-trace sources`: who sends to the hub, and what of it is missing. */
export async function sourcesCommand(
  options: { json?: boolean },
  client: HubClient,
  { out, colors, note }: CommandContext,
): Promise<number> {
  const text = await client.get('stats/sources');
  if (options.json) {
    await out.line(safeJson(text));
    return EXIT.ok;
  }
  const { items } = parseExactJson(text) as Answer<typeof sourcesAnswer>;
  if (items.length === 0) note('nothing has sent to this hub since it was started');
  else await out.line(sourceTable(items, colors));
  return EXIT.ok;
}

function sourceTable(items: readonly SourceItem[], colors: CommandContext['colors']): string {
  const heads = [
    'SERVICE',
    'HOST',
    'PID',
    'RECEIVED',
    'REJECTED',
    'LOST',
    'WAITING',
    'OFFSET',
    'LAST SEEN',
  ];
  const table = plainTable(
    heads.map((head) => colors.bold(head)),
    (column) => column >= 2 && column <= 7,
  );
  for (const item of items) {
    const lost = item.lost === undefined ? undefined : item.lost + (item.lost_errors ?? 0);
    table.push([
      safeText(item.service ?? item.run),
      safeText(item.host ?? ''),
      String(item.pid),
      formatCount(item.received),
      formatCount(item.rejected),
      lost === undefined ? '?' : formatCount(lost),
      item.backlog === undefined ? '?' : formatCount(item.backlog),
      item.clock_offset_ms === undefined ? '?' : `${item.clock_offset_ms} ms`,
      formatWallTime(WALL_CLOCK, BigInt(item.last_seen_ms) * 1_000_000n).slice(0, 19),
    ]);
  }
  return table.toString();
}

/** `aegis-trace db-size`: what the hub's database holds. */
export async function databaseSizeCommand(
  options: { json?: boolean },
  client: HubClient,
  { out }: CommandContext,
): Promise<number> {
  const text = await client.get('stats');
  if (options.json) {
    await out.line(safeJson(text));
    return EXIT.ok;
  }
  const stats = parseExactJson(text) as Answer<typeof statsAnswer>;
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  const { events, errors, purged } = stats;
  await out.line(`events    ${formatCount(events)}, of which errors ${formatCount(errors)}`);
  await out.line(`purged    ${formatCount(purged)}`);
  await out.line(
    `database  ${megabytes(stats.bytes)} and ${megabytes(stats.wal_bytes)} of write-ahead log`,
  );
  const times = [stats.oldest_wall_ns, stats.newest_wall_ns].map(int64Of);
  if (times[0] !== undefined && times[1] !== undefined) {
    await out.line(`from      ${formatWallTime(WALL_CLOCK, times[0])}`);
    await out.line(`to        ${formatWallTime(WALL_CLOCK, times[1])}`);
  }
  return EXIT.ok;
}
