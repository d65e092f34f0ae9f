import { ClickHouseStore } from '../store/clickhouse/clickhouse-store.js';
import { SqliteStore } from '../store/sqlite/sqlite-store.js';
import type { CliIo } from './cli-io.js';
import type { CopySource } from './copy/copy-source.js';
import { type CopyState, readState, writeState } from './copy/copy-state.js';
import { openTarget, requireBeginning } from './copy/copy-target.js';
import { fileSource } from './copy/file-pages.js';
import { hubSource } from './copy/hub-pages.js';
import { followedSource, pagedSource } from './copy/stored-pages.js';
import { formatCount } from './format.js';
import { HubClient } from './hub-client.js';
import { type CommandContext, EXIT } from './io.js';
import { kindOf } from './magic.js';
import { safeText } from './safe-text.js';

/** Reasons that are shown. */
const REASONS_MAX = 10;

/** Options of `aegis-trace copy`. */
export interface CopyOptions {
  json?: boolean;
  /** The file that says how far it has come. */
  state?: string;
}

/** `aegis-trace copy FROM TO`: moves events from one place to another, each once. */
export async function copyCommand(
  from: string,
  to: string,
  { json = false, state: stateFile }: CopyOptions,
  context: CommandContext,
  { env }: Pick<CliIo, 'env'>,
): Promise<number> {
  const { out, note, progress } = context;
  const shown = { from: withoutPassword(from), to: withoutPassword(to) };
  const before = stateFile === undefined ? undefined : begin(stateFile, to, shown);
  const source = await openSource(from, context, env);
  const counts = { read: 0, inserted: 0, duplicates: 0, refused: 0 };
  const reasons = new Set<string>();
  try {
    const target = await openTarget(to, env, before?.bytes);
    let isWhole = false;
    try {
      for await (const { batches, cursor } of pagesAfter(source, before?.cursor)) {
        const { inserted, duplicates, refused } = await target.append(batches);
        counts.read += batches.reduce((sum, { events }) => sum + events.length, 0);
        counts.inserted += inserted;
        counts.duplicates += duplicates;
        counts.refused += refused.length;
        for (const reason of refused.slice(0, REASONS_MAX)) reasons.add(reason);
        const events = (before?.events ?? 0) + counts.read;
        if (stateFile !== undefined) {
          writeState(stateFile, { ...shown, cursor, events, bytes: target.bytes });
        }
        progress.show(`${formatCount(events)} events`);
      }
      isWhole = true;
    } finally {
      progress.clear();
      await target.close(isWhole);
    }
  } finally {
    await source.close();
  }
  if (json) await out.line(JSON.stringify(counts));
  else await out.line(textOf(counts, before?.events ?? 0));
  for (const reason of [...reasons].slice(0, REASONS_MAX)) note(`refused: ${safeText(reason)}`);
  return counts.refused > 0 ? EXIT.negative : EXIT.ok;
}

/** How far it has come. Its state is there before anything else is: a file that is copied to is then known as its own. */
function begin(stateFile: string, to: string, shown: { from: string; to: string }): CopyState {
  const known = readState(stateFile, shown.from, shown.to);
  if (known !== undefined) return known;
  requireBeginning(to);
  const state = { ...shown, events: 0, bytes: 0 };
  writeState(stateFile, state);
  return state;
}

/** A cursor of nothing is the end: there was no further page. */
async function* pagesAfter(source: CopySource, cursor: string | undefined) {
  if (cursor !== '') yield* source.pages(cursor);
}

async function openSource(
  from: string,
  { inputs }: CommandContext,
  env: CliIo['env'],
): Promise<CopySource> {
  if (/^clickhouses?:/.test(from)) {
    return pagedSource(await ClickHouseStore.open({ url: from }));
  }
  if (/^https?:/.test(from)) return hubSource(new HubClient({ hub: from }, env));
  const input = await inputs.open(from, { isOnce: false });
  const kind = kindOf(input.name, input.head);
  if (kind !== 'database') return fileSource(input, kind === 'ring' ? 'ring' : 'text');
  return followedSource(await SqliteStore.open({ path: await input.path() }));
}

function textOf(
  { read, inserted, duplicates, refused }: Record<string, number>,
  before: number,
): string {
  const parts = [`${formatCount(inserted ?? 0)} copied`];
  if (duplicates) parts.push(`${formatCount(duplicates)} were there before`);
  if (refused) parts.push(`${formatCount(refused)} refused`);
  const gone = before > 0 ? `, after ${formatCount(before)} of an earlier copy` : '';
  return `${formatCount(read ?? 0)} events: ${parts.join(', ')}${gone}`;
}

/** For a file that others may read. */
function withoutPassword(name: string): string {
  if (!URL.canParse(name) || new URL(name).password === '') return name;
  const url = new URL(name);
  url.password = '***';
  return url.href;
}
