import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { TraceError } from '../errors.js';
import type { RecordedEvent, RunInfo } from '../event/recorded-event.js';
import { startHub } from '../hub/hub.js';
import { backUpDatabase } from '../store/sqlite/backup.js';
import { SqliteStore } from '../store/sqlite/sqlite-store.js';
import { DatabaseSource } from './database-source.js';
import { formatCount } from './format.js';
import { signalled } from './hub-command.js';
import { type CommandContext, EXIT } from './io.js';
import { openTrace } from './open-trace.js';
import { safeText } from './safe-text.js';
import type { TraceHead, TraceSource } from './trace-source.js';

const BATCH = 1_000;
const KEY_BYTES = 24;
/** Nothing of a file is too old to be shown. */
const RETENTION_HOURS = 87_600;

/** `aegis-trace open FILE`: the page over an export, a ring, lines or a database, until Ctrl-C. Nothing leaves this machine. */
export async function openCommand(
  file: string,
  { browser = true }: { browser?: boolean },
  context: CommandContext,
): Promise<number> {
  const { out, note, colors } = context;
  if (/^https?:\/\//.test(file)) {
    const message = `${file} is a hub, which has a page itself: aegis-trace hub link --hub ${file}`;
    throw new TraceError('ERR_TRACE_OPTION', message);
  }
  const folder = mkdtempSync(join(tmpdir(), 'aegis-open-'));
  try {
    chmodSync(folder, 0o700);
    const database = join(folder, 'open.db');
    const missing = await copyInto(database, file, context);
    context.progress.clear();
    // A key that nobody is told: the link is the one way in.
    const key = randomBytes(KEY_BYTES).toString('base64url');
    const hub = await startHub(
      {
        port: 0,
        database,
        keys: [{ key, scopes: ['read'] }],
        readOnly: true,
        tracing: 'off',
        retentionHours: RETENTION_HOURS,
        title: basename(file),
        ...(missing.length > 0 && { note: missing.join('; ') }),
      },
      (message) => note(`aegis-trace open: ${safeText(message)}`),
    );
    // What was going on at the end is on top there.
    const link = hub.makeLink().replace('/ui/#', '/ui/requests#');
    await out.line(`${safeText(file)} is shown, read-only, at`);
    await out.line(`  ${colors.bold(link)}`);
    for (const line of missing) await out.line(`  ${safeText(line)}`);
    await out.line('The link is good once, for five minutes. Ctrl-C ends it.');
    await out.flush();
    if (browser) openBrowser(link);
    await signalled();
    await hub.close();
    return EXIT.ok;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns what the file says is missing of it. */
async function copyInto(
  database: string,
  file: string,
  context: CommandContext,
): Promise<string[]> {
  const source = await openTrace(context.inputs, file, { isOnce: false });
  try {
    if (source instanceof DatabaseSource) {
      // As it is at one moment, also when somebody writes to it; ours to bring up to date.
      await backUpDatabase(source.path, database);
      return [];
    }
    const head = await source.head();
    await fill(database, source, head);
    const { isCut } = await source.size();
    return missingOf(head, isCut);
  } finally {
    source.close();
  }
}

async function fill(
  database: string,
  source: TraceSource,
  { clock, metadata }: TraceHead,
): Promise<void> {
  // Events that somebody has kept without their clock stand where their own times are.
  const anchors = clock?.anchors ?? [{ steadyNs: 0n, wallNs: 0n }];
  const run: RunInfo = { run: metadata?.runId ?? randomUUID(), pid: metadata?.pid ?? 0, anchors };
  const store = await SqliteStore.open({
    path: database,
    retentionMs: RETENTION_HOURS * 3_600_000,
  });
  try {
    let batch: RecordedEvent[] = [];
    let sequence = 0;
    for await (const event of source.inOrder({})) {
      batch.push({ lane: 0, sequence: sequence++, event });
      if (batch.length < BATCH) continue;
      await store.append(run, batch);
      batch = [];
    }
    await store.append(run, batch);
  } finally {
    await store.close();
  }
}

function missingOf({ metadata }: TraceHead, isCut: boolean): string[] {
  const lines: string[] = [];
  if (metadata !== undefined) {
    const { dropped, cleared, rejected, truncated } = metadata;
    const older = dropped + cleared;
    if (older > 0) lines.push(`${formatCount(older)} older events are not in it`);
    if (rejected > 0) lines.push(`${formatCount(rejected)} events could not be recorded`);
    if (truncated > 0) lines.push(`${formatCount(truncated)} events are cut`);
  }
  if (isCut) lines.push('it ends within an event');
  return lines;
}

/** Whoever has none is shown the link. */
function openBrowser(link: string): void {
  const command =
    process.platform === 'darwin' ? 'open' : process.platform === 'win32' ? 'explorer' : 'xdg-open';
  const child = spawn(command, [link], { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}
