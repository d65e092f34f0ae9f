import { type Hub, startHub } from '../hub/hub.js';
import { hubSettings } from '../hub/settings.js';
import type { CliIo } from './cli-io.js';
import { type CommandContext, EXIT } from './io.js';
import { safeText } from './safe-text.js';

/** How long the end may take; then it is made at once. */
const END_MS = 10_000;

/** The flags of `hub`, as they were written. */
export interface HubCommandOptions {
  config?: string;
  [flag: string]: string | string[] | undefined;
}

/** `aegis-trace hub`: runs until SIGTERM or SIGINT. */
export async function hubCommand(
  { config, ...flags }: HubCommandOptions,
  context: CommandContext,
  io: CliIo,
): Promise<number> {
  const { note, colors } = context;
  const options = await hubSettings(
    flags,
    io.env,
    config ?? (io.env.AEGIS_HUB_CONFIG || undefined),
  );
  const hub = await startHub(options, (message) => note(`aegis-trace hub: ${safeText(message)}`));
  for (const line of greeting(hub, options.retentionHours ?? 6, colors, io.stdout.isTTY === true)) {
    await context.out.line(line);
  }
  await context.out.flush();
  // Without rules it ends a hub whose terminal is closed, as it ends any program.
  if (options.alerts !== undefined) process.on('SIGHUP', () => void hub.reloadAlerts());
  const signal = await signalled();
  note(`aegis-trace hub: ${signal}: answering what is under way; once more ends it at once`);
  await hub.close();
  return EXIT.ok;
}

function* greeting(
  hub: Hub,
  hours: number,
  colors: CommandContext['colors'],
  isTerminal: boolean,
): Generator<string> {
  yield `${colors.bold('aegis-trace hub')} listens at ${colors.bold(hub.url)}`;
  if (hub.otlpUrl !== undefined) yield `  OTLP      ${hub.otlpUrl}`;
  yield `  database  ${safeText(hub.database)}, events are kept for ${hours} h`;
  yield `  keys      ${safeText(hub.keysFile)}`;
  if (isTerminal) yield `  page      ${hub.makeLink()}  (good once; again: aegis-trace hub link)`;
  else yield `  page      ${hub.url}/ui/  (a link to it: aegis-trace hub link)`;
  if (hub.madeKeys.length === 0) return;
  if (!isTerminal) {
    yield '  Keys were made now; that file has them.';
    return;
  }
  yield '';
  yield 'Keys were made now. They are shown this once, and that file has them:';
  for (const { key, scopes } of hub.madeKeys) {
    yield `  ${scopes.join(', ').padEnd(20)}  ${key}`;
  }
  yield '';
  yield 'A service started in this folder sends to it with';
  yield "  await startPipeline({ collector, service: 'checkout', sink: { hub: {} } });";
}

/** Resolves at the first signal to end; the second one ends the process, and so does an end that takes too long. */
export function signalled(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let isEnding = false;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (isEnding) process.exit(EXIT.negative);
      isEnding = true;
      setTimeout(() => process.exit(EXIT.negative), END_MS).unref();
      resolve(signal);
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}
