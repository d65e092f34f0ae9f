import { readFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { TraceError } from '../errors.js';
import { SEVERITIES, type Severity, severityRankOf } from '../event/severity.js';
import { QUERY_LINE_HELP } from '../wire/query-line.js';
import type { CliIo } from './cli-io.js';
import type { CopyOptions } from './copy-command.js';
import type { DoctorCommandOptions } from './doctor-command.js';
import { addHubCommands } from './hub-commands.js';
import { Inputs } from './inputs.js';
import { type CommandContext, colorsFor, EXIT } from './io.js';
import { isClosedPipe, Output } from './output.js';
import { Progress } from './progress.js';
import type { QueryCommandOptions } from './query-command.js';
import { safeText } from './safe-text.js';
import type { StoreCommandOptions } from './store-command.js';
import { parseTime, TIME_HELP } from './time-argument.js';

const FILE_HELP = `
FILE is an export, a selection of one (query --json, jq, Python), JSON lines, a ring file or a database; a
pipe, or - for stdin; each of them also as gzip.`;

const EXIT_HELP = `
Exit: 0 done; 1 the answer is no (invalid export, no such request, a finding); 2 wrong usage or unreadable file.`;

/**
 * Runs the `aegis-trace` command, of which only what is asked for is loaded. Data goes to stdout, everything else to stderr; never throws.
 *
 * @param argv - the arguments after the name of the script.
 * @returns the exit code: see {@link EXIT}.
 */
export async function run(argv: readonly string[], io: CliIo): Promise<number> {
  io.stderr.on('error', ignore);
  const progress = new Progress(io);
  const note = (text: string): void => {
    progress.clear();
    io.stderr.write(`${text}\n`);
  };
  const inputs = new Inputs(io, progress.onProgress);
  const context = { out: new Output(io.stdout), note, progress, colors: colorsFor(io), inputs };
  const result = { exit: EXIT.ok as number };
  try {
    await buildProgram(context, io, result).parseAsync(argv, { from: 'user' });
    await context.out.flush();
    return result.exit;
  } catch (error) {
    progress.clear();
    if (isClosedPipe(error)) return EXIT.ok;
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? EXIT.ok : EXIT.failure;
    }
    const known = error instanceof TraceError;
    const text = known ? error.message : String((error as Error)?.stack ?? error);
    note(`aegis-trace: ${safeText(text)}${known ? ` [${error.code}]` : ''}`);
    return EXIT.failure;
  } finally {
    inputs.close();
  }
}

function buildProgram(context: CommandContext, io: CliIo, result: { exit: number }): Command {
  const program = new Command('aegis-trace')
    .description(
      'Reads aegis-trace exports, ring files and databases, and finds logging without operation ids.',
    )
    .version(packageVersion())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(safeLines(text)),
    })
    .addHelpText('after', FILE_HELP + EXIT_HELP);
  const command = (usage: string, description: string): Command =>
    program.command(usage).description(description).option('--json', 'one JSON document on stdout');

  command('summary <file>', 'events, losses, durations by component and type, busiest requests')
    .option('--top <count>', 'busiest requests to list', parseCount, 10)
    .action(async (file: string, options: { json?: boolean; top: number }) => {
      const { summaryCommand } = await import('./summary-command.js');
      result.exit = await summaryCommand(file, options, context);
    });
  command('query <file>', 'matching events in time order')
    .option('--component <name>', 'of this component')
    .option('--type <name>', 'of this type')
    .option('--min-severity <name>', `${SEVERITIES.join(', ')}: this or higher`, parseSeverity)
    .option('--model <id>', 'about this model')
    .option('--request <id>', 'of this request')
    .option('--where <line>', 'what a query line matches: see below')
    .option('--from <TIME>', 'not before', (text) => parseTime('--from', text))
    .option('--to <TIME>', 'not after', (text) => parseTime('--to', text))
    .option('--limit <count>', 'the first so many', parseCount)
    .addHelpText('after', `${QUERY_LINE_HELP}\n${TIME_HELP}`)
    .action(async (file: string, options: QueryCommandOptions) => {
      const { queryCommand } = await import('./query-command.js');
      result.exit = await queryCommand(file, options, context);
    });
  command('chain <file> <request_id>', 'the decision chain of one request as a timeline').action(
    async (file: string, requestId: string, options: { json?: boolean }) => {
      const { chainCommand } = await import('./chain-command.js');
      result.exit = await chainCommand(file, requestId, options, context);
    },
  );
  command('validate <file>', 'check against the JSON Schema and the rules beyond it').action(
    async (file: string, options: { json?: boolean }) => {
      const { validateCommand } = await import('./validate-command.js');
      result.exit = await validateCommand(file, options, context);
    },
  );
  program
    .command('open <file>')
    .description('the page over an export, a ring, lines or a database; until Ctrl-C')
    .option('--no-browser', 'only print the link')
    .action(async (file: string, options: { browser?: boolean }) => {
      const { openCommand } = await import('./open-command.js');
      result.exit = await openCommand(file, options, context);
    });
  command(
    'copy <from> <to>',
    'events from a file, database, hub or ClickHouse to another one, each once',
  )
    .option('--state <file>', 'says how far it has come: given again, it goes on from there')
    .action(async (from: string, to: string, options: CopyOptions) => {
      const { copyCommand } = await import('./copy-command.js');
      result.exit = await copyCommand(from, to, options, context, io);
    });
  program
    .command('recover <file>')
    .description('what a dead process left in its ring file, as an export')
    .option('--out <file>', 'where to write it; default: stdout')
    .action(async (file: string, options: { out?: string }) => {
      const { recoverCommand } = await import('./recover-command.js');
      result.exit = await recoverCommand(file, options, context);
    });
  command('lint-loggers <dir>', 'finds console calls and loggers without operation ids').action(
    async (path: string, options: { json?: boolean }) => {
      const { lintLoggersCommand } = await import('./lint-loggers-command.js');
      result.exit = await lintLoggersCommand(path, options, context);
    },
  );
  command('doctor', 'what usually is wrong with an installation or a hub, and what to do')
    .option('--database <file>', 'default: logs/observability.db')
    .option('--config <file>', 'TOML of the hub')
    .option('--hub <url>', 'default: AEGIS_HUB_URL, else http://127.0.0.1:8099')
    .option('--key-file <file>', 'with a key of the hub')
    .option('--profile <name>', 'of hubs.toml')
    .action(async (options: DoctorCommandOptions) => {
      const { doctorCommand } = await import('./doctor-command.js');
      result.exit = await doctorCommand(options, packageVersion(), context, io);
    });
  const store = program
    .command('store')
    .description('a store in ClickHouse, for more events than one machine keeps');
  const ofStore = (name: string, description: string): Command =>
    store
      .command(name)
      .description(description)
      .option('--json', 'one JSON document on stdout')
      .option(
        '--url <url>',
        'clickhouse://USER:PASSWORD@HOST:8123/DATABASE; default: AEGIS_STORE_URL',
      );
  ofStore('init', 'makes its database and tables; those that are there stay')
    .option('--cluster <name>', 'on all servers of a cluster, replicated; default: on one server')
    .action(async (options: StoreCommandOptions) => {
      const { storeInitCommand } = await import('./store-command.js');
      result.exit = await storeInitCommand(options, context, io.env);
    });
  ofStore('status', 'whether there is one, and of which version; 1 when there is none').action(
    async (options: StoreCommandOptions) => {
      const { storeStatusCommand } = await import('./store-command.js');
      result.exit = await storeStatusCommand(options, context, io.env);
    },
  );
  ofStore('migrate', 'brings one of an older release to this one; its events stay').action(
    async (options: StoreCommandOptions) => {
      const { storeMigrateCommand } = await import('./store-command.js');
      result.exit = await storeMigrateCommand(options, context, io.env);
    },
  );
  addHubCommands(program, context, io, result);
  return program;
}

function parseCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(count)) return count;
  throw new InvalidArgumentError('It must be a whole number, 0 or more.');
}

function parseSeverity(text: string): Severity {
  const found = SEVERITIES[severityRankOf(text)];
  if (found !== undefined) return found;
  throw new InvalidArgumentError(`It must be one of ${SEVERITIES.join(', ')}.`);
}

function packageVersion(): string {
  // The same two levels up from src/cli and from dist/cli.
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** Usage errors quote arguments, and these may come from anywhere; their lines are ours. */
function safeLines(text: string): string {
  return text.split('\n').map(safeText).join('\n');
}

function ignore(): void {}
