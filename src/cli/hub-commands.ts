import { type Command, Option } from 'commander';
import { QUERY_LINE_HELP } from '../wire/query-line.js';
import type { SimulateOptions } from './alerts-command.js';
import type { CliIo } from './cli-io.js';
import type { GetCommandOptions } from './get-command.js';
import { type ClientScope, HubClient } from './hub-client.js';
import type { HubCommandOptions } from './hub-command.js';
import type { HubDatabaseOptions } from './hub-database.js';
import type { ProfileOptions } from './hub-profile.js';
import type { CommandContext } from './io.js';
import type { TailCommandOptions } from './tail-command.js';

const SETTINGS_HELP = `
Each option may also be in the environment, as AEGIS_HUB_PORT, or in a TOML file (--config, AEGIS_HUB_CONFIG), as
port = 8099; flags come first, then the environment. Keys are in a file of mode 0600, a line each: scopes (ingest,
read, admin), a space, the key. It is made when there is none and the address is one of this machine.`;

/** Adds the commands that are a hub, or ask one. */
export function addHubCommands(
  program: Command,
  context: CommandContext,
  io: CliIo,
  result: { exit: number },
): void {
  const hub = program
    .command('hub')
    .description('the server that many processes send to; runs until Ctrl-C')
    .option('--host <address>', 'to listen on; default: 127.0.0.1')
    .option('--port <number>', 'default: 8099; 0 for any that is free')
    .addOption(
      new Option('--otlp [port]', 'a further port for OTLP alone; 4318 without a number').preset(
        '4318',
      ),
    )
    .option('--database <file>', 'default: logs/observability.db')
    .option(
      '--store <url>',
      'a ClickHouse instead: clickhouse://HOST:8123/DATABASE; see store init',
    )
    .option('--retention-hours <hours>', 'older events are purged; default: 6')
    .option('--archive <dir>', 'for a daily compact copy of what is purged; default: none')
    .option('--alerts <file>', 'rules over what is stored; default: none')
    .option(
      '--redis <url>',
      'where it says which projects are traced; with --store also what hubs share; default: nowhere',
    )
    .option('--keys-file <file>', 'default: hub.keys beside the database')
    .option('--secret-header <name>', 'where older clients have their key; default: none')
    .option('--allow-hosts <names>', 'names of the hub beside addresses and localhost, with commas')
    .option(
      '--trust-proxy <addresses>',
      'of proxies whose X-Forwarded-* are believed, with commas; "loopback" for this machine',
    )
    .option('--title <text>', 'what its page calls it; default: the file name of the database')
    .option('--queue-bytes <bytes>', 'memory for what waits to be stored; default: 67108864')
    .option('--tracing <mode>', 'adaptive, dry_run or off: what processes with a gate send')
    .option(
      '--hot-seconds <seconds>',
      'how long a request that was asked for is sent; default: 300',
    )
    .option('--warm-seconds <seconds>', 'how long a share of it is then; default: 1500')
    .option('--warm-rate <share>', 'that share; default: 0.1')
    .option('--default-rate <share>', 'that of all other requests; default: 0')
    .option('--hot-max <requests>', 'at once; default: 1000')
    .option('--heats-per-minute <requests>', 'that a key may ask for; default: 60')
    .option('--config <file>', 'TOML with any of these')
    .addHelpText('after', SETTINGS_HELP)
    .action(async (options: HubCommandOptions) => {
      const { hubCommand } = await import('./hub-command.js');
      result.exit = await hubCommand(options, context, io);
    });

  hub
    .command('backup <file>')
    .description('copies the database, also of a hub that runs, and reads the copy through')
    .option('--database <file>', 'default: logs/observability.db')
    .option('--config <file>', 'TOML of the hub')
    .action(async (file: string, _options: HubDatabaseOptions, command: Command) => {
      const { backupCommand } = await import('./backup-command.js');
      result.exit = await backupCommand(file, command.optsWithGlobals(), context, io);
    });

  const alerts = program
    .command('alerts')
    .description('rules over what a hub stores: see docs/alerts.md');
  alerts
    .command('check <file>')
    .description('whether rules are as they must be, and what each says of a database now')
    .option('--database <file>', 'default: logs/observability.db')
    .option('--config <file>', 'TOML of the hub')
    .option('--json', 'JSON on stdout')
    .action(async (file: string, options: HubDatabaseOptions & { json?: boolean }) => {
      const { alertsCheckCommand } = await import('./alerts-command.js');
      result.exit = await alertsCheckCommand(file, options, context, io);
    });
  alerts
    .command('simulate <file>')
    .description('when rules would have fired, over what a database has')
    .option('--from <time>', 'default: 6 h before --to; -6h for before that')
    .option('--to <time>', 'default: now')
    .option('--rule <name>', 'this one only')
    .option('--database <file>', 'default: logs/observability.db')
    .option('--config <file>', 'TOML of the hub')
    .option('--json', 'a line of JSON for each change')
    .action(async (file: string, options: SimulateOptions) => {
      const { alertsSimulateCommand } = await import('./alerts-command.js');
      result.exit = await alertsSimulateCommand(file, options, context, io);
    });

  alerts
    .command('test <file>')
    .description(
      'whether rules stand where the cases of a file say, over the events that they have',
    )
    .action(async (file: string) => {
      const { alertsTestCommand } = await import('./alerts-test-command.js');
      result.exit = await alertsTestCommand(file, context);
    });

  const clientOf = async (options: ProfileOptions, scope?: ClientScope): Promise<HubClient> => {
    const { withProfile } = await import('./hub-profile.js');
    return new HubClient(await withProfile(options, io.env), io.env, scope);
  };
  const asking = (usage: string, description: string, parent: Command = program): Command =>
    parent
      .command(usage)
      .description(description)
      .option('--json', 'JSON on stdout')
      .option('--hub <url>', 'default: AEGIS_HUB_URL, else http://127.0.0.1:8099')
      .option(
        '--key-file <file>',
        'default: AEGIS_HUB_KEY, else logs/hub.keys for a hub of this machine',
      )
      .option('--profile <name>', 'url and key_file of that table in hubs.toml: see the guide');

  asking('link', 'a link to the page of a hub, good once', hub)
    .option('--read', 'for somebody who may only look')
    .action(async (options: ProfileOptions & { read?: boolean }) => {
      const { linkCommand } = await import('./link-command.js');
      const client = await clientOf(options, options.read === true ? 'read' : 'admin');
      result.exit = await linkCommand(client, context);
    });
  asking('tail', 'events as a hub gets them, until Ctrl-C')
    .option('--where <line>', 'what a query line matches: see below')
    .addHelpText('after', QUERY_LINE_HELP)
    .action(async (options: ProfileOptions & TailCommandOptions) => {
      const { tailCommand } = await import('./tail-command.js');
      await tailCommand(options, await clientOf(options), context);
    });
  asking('get <request_id>', 'the chain of a request from all processes of a hub')
    .option('--wait [seconds]', 'until every process with a gate has answered; default: 10')
    .action(async (requestId: string, options: ProfileOptions & GetCommandOptions) => {
      const { getCommand } = await import('./get-command.js');
      result.exit = await getCommand(requestId, options, await clientOf(options), context);
    });
  asking('sources', 'who sends to a hub, and what they lost').action(
    async (options: ProfileOptions & { json?: boolean }) => {
      const { sourcesCommand } = await import('./sources-command.js');
      result.exit = await sourcesCommand(options, await clientOf(options), context);
    },
  );
  asking('db-size', 'what the database of a hub holds').action(
    async (options: ProfileOptions & { json?: boolean }) => {
      const { databaseSizeCommand } = await import('./sources-command.js');
      result.exit = await databaseSizeCommand(options, await clientOf(options), context);
    },
  );

  asking('list', 'the rules of a hub, and where they stand; 1 while one fires', alerts).action(
    async (options: ProfileOptions & { json?: boolean }) => {
      const { alertsListCommand } = await import('./alerts-hub-command.js');
      result.exit = await alertsListCommand(options, await clientOf(options), context);
    },
  );
  asking('silence <name>', 'has nobody told of a rule; needs a key of the scope admin', alerts)
    .requiredOption('--for <duration>', 'such as 2h; 0s ends it')
    .action(async (name: string, options: ProfileOptions & { json?: boolean; for: string }) => {
      const { alertsSilenceCommand } = await import('./alerts-hub-command.js');
      const client = await clientOf(options, 'admin');
      result.exit = await alertsSilenceCommand(name, options, client, context);
    });

  const projects = program
    .command('projects')
    .description('projects of a hub, whose tracing is switched off and on while they run');
  asking('list', 'which are traced, and how many of their processes know', projects).action(
    async (options: ProfileOptions & { json?: boolean }) => {
      const { projectsListCommand } = await import('./projects-command.js');
      result.exit = await projectsListCommand(options, await clientOf(options), context);
    },
  );
  asking('create <id>', 'makes one, which is traced; needs a key of the scope admin', projects)
    .option('--name <text>', 'for people; default: the id')
    .action(async (id: string, options: ProfileOptions & { json?: boolean; name?: string }) => {
      const { projectsCreateCommand } = await import('./projects-command.js');
      const client = await clientOf(options, 'admin');
      result.exit = await projectsCreateCommand(id, options, client, context);
    });
  for (const [action, what] of [
    ['enable', 'has its processes record again'],
    ['disable', 'has its processes record nothing'],
  ] as const) {
    asking(`${action} <id>`, `${what}; needs a key of the scope admin`, projects).action(
      async (id: string, options: ProfileOptions & { json?: boolean }) => {
        const { projectsSwitchCommand } = await import('./projects-command.js');
        const client = await clientOf(options, 'admin');
        result.exit = await projectsSwitchCommand(action, id, options, client, context);
      },
    );
  }

  const tracing = program
    .command('tracing')
    .description('which requests processes with a gate send to a hub');
  asking('config', 'what these processes are told', tracing).action(
    async (options: ProfileOptions & { json?: boolean }) => {
      const { tracingConfigCommand } = await import('./tracing-command.js');
      result.exit = await tracingConfigCommand(options, await clientOf(options), context);
    },
  );
  asking('status', 'which requests are open, why and for how long', tracing).action(
    async (options: ProfileOptions & { json?: boolean }) => {
      const { tracingStatusCommand } = await import('./tracing-command.js');
      result.exit = await tracingStatusCommand(options, await clientOf(options), context);
    },
  );
  for (const [action, what] of [
    ['enable', 'has every process send a request'],
    ['disable', 'has every process keep a request at home'],
  ] as const) {
    asking(`${action} <request_id>`, what, tracing).action(
      async (requestId: string, options: ProfileOptions & { json?: boolean }) => {
        const { tracingSwitchCommand } = await import('./tracing-command.js');
        const client = await clientOf(options);
        result.exit = await tracingSwitchCommand(action, requestId, options, client, context);
      },
    );
  }
}
