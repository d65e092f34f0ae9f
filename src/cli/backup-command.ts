import { constants, setPriority } from 'node:os';
import { resolve } from 'node:path';
import { backUpDatabase } from '../store/sqlite/backup.js';
import type { CliIo } from './cli-io.js';
import { formatCount } from './format.js';
import { type HubDatabaseOptions, hubDatabase } from './hub-database.js';
import { type CommandContext, EXIT } from './io.js';
import { safeText } from './safe-text.js';

/** `aegis-trace hub backup FILE`: copies the database of a hub that may be running. */
export async function backupCommand(
  target: string,
  options: HubDatabaseOptions,
  { out }: CommandContext,
  { env }: CliIo,
): Promise<number> {
  const source = await hubDatabase(options, env);
  yieldToHub();
  const { events, bytes } = await backUpDatabase(source, resolve(target));
  await out.line(
    `${safeText(resolve(target))}: ${formatCount(events)} events, ${(bytes / 1e6).toFixed(1)} MB, read through and sound`,
  );
  await out.flush();
  return EXIT.ok;
}

/** A hub on the same machine comes first. */
function yieldToHub(): void {
  try {
    setPriority(constants.priority.PRIORITY_LOW);
  } catch {
    // Not allowed here: it only takes longer for the hub.
  }
}
