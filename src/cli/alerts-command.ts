import type { AlertRule } from '../alerts/alert-rule.js';
import type { Observation } from '../alerts/alert-state.js';
import type { RuleRunner } from '../alerts/rule-runner.js';
import { simulate } from '../alerts/simulate.js';
import { TraceError } from '../errors.js';
import { loadRules } from '../hub/load-rules.js';
import type { CliIo } from './cli-io.js';
import { type HubDatabaseOptions, hubRunner } from './hub-database.js';
import { type CommandContext, EXIT } from './io.js';
import { plainTable } from './plain-table.js';
import { safeText } from './safe-text.js';
import { parseTime, type TimeArgument } from './time-argument.js';

const NANOS_PER_MILLI = 1_000_000n;
const HOUR_MS = 3_600_000;

/** Options of `alerts simulate`. */
export interface SimulateOptions extends HubDatabaseOptions {
  from?: string | undefined;
  to?: string | undefined;
  rule?: string | undefined;
  json?: boolean | undefined;
}

/** `aegis-trace alerts check FILE`: whether the rules are as they must be, and what each says of a database now. */
export async function alertsCheckCommand(
  file: string,
  options: HubDatabaseOptions & { json?: boolean },
  context: CommandContext,
  { env }: CliIo,
): Promise<number> {
  const { rules } = await loadRules(file);
  const { runner, missing } = await hubRunner(options, env);
  const { out, note } = context;
  if (missing !== undefined) {
    note(`${safeText(missing)} is not there: the queries were not tried`);
    await out.line(`${safeText(file)}: ${rules.length} rules, each as it must be`);
    return EXIT.ok;
  }
  const seen = await observeAll(rules, runner);
  if (options.json) await out.line(JSON.stringify(seen.map(toJson)));
  else await printObservations(seen, context);
  return seen.some(({ observation }) => observation.kind === 'error') ? EXIT.negative : EXIT.ok;
}

interface Seen {
  readonly rule: AlertRule;
  readonly observation: Observation;
}

async function observeAll(rules: readonly AlertRule[], runner: RuleRunner): Promise<Seen[]> {
  try {
    const seen: Seen[] = [];
    for (const rule of rules) seen.push({ rule, observation: await runner.observe(rule.query) });
    return seen;
  } finally {
    runner.close();
  }
}

async function printObservations(
  seen: readonly Seen[],
  { out, colors }: CommandContext,
): Promise<void> {
  const heads = ['RULE', 'SEVERITY', 'NOW', 'THRESHOLD', 'IT'];
  const table = plainTable(
    heads.map((head) => colors.bold(head)),
    (column) => column === 2 || column === 3,
  );
  for (const { rule, observation } of seen) {
    const value = observation.kind === 'value' ? String(observation.value) : '';
    table.push([
      rule.name,
      rule.severity,
      value,
      String(rule.threshold),
      saidOf(rule, observation),
    ]);
  }
  await out.line(table.toString());
}

function saidOf({ threshold, noData }: AlertRule, observation: Observation): string {
  if (observation.kind === 'error') return `fails: ${safeText(observation.message)}`;
  if (observation.kind === 'no_data') return `has no number: ${noData}`;
  return observation.value >= threshold ? 'is at its threshold' : 'is well';
}

const toJson = ({ rule, observation }: Seen): object => ({
  name: rule.name,
  threshold: rule.threshold,
  ...observation,
});

/** `aegis-trace alerts simulate FILE`: when rules would have fired, over what a database has. */
export async function alertsSimulateCommand(
  file: string,
  options: SimulateOptions,
  { out, note, colors }: CommandContext,
  { env }: CliIo,
): Promise<number> {
  const { rules, checkIntervalMs } = await loadRules(file);
  const chosen = rules.filter(({ name }) => options.rule === undefined || name === options.rule);
  if (chosen.length === 0 && options.rule !== undefined) {
    throw new TraceError('ERR_TRACE_OPTION', `--rule ${options.rule}: ${file} has no such rule`);
  }
  const toMs = wallMs('--to', options.to, Date.now()) ?? Date.now();
  const fromMs = wallMs('--from', options.from, toMs) ?? toMs - 6 * HOUR_MS;
  if (fromMs > toMs) throw new TraceError('ERR_TRACE_OPTION', '--from must not be after --to');
  const { runner } = await hubRunner(options, env);
  let changes = 0;
  try {
    for (const rule of chosen) {
      for await (const { change } of simulate(rule, runner, {
        fromMs,
        toMs,
        stepMs: checkIntervalMs,
      })) {
        if (change === undefined) continue;
        changes++;
        const { atMs, from, to, value, error } = change;
        const at = new Date(atMs).toISOString();
        if (options.json) {
          await out.line(JSON.stringify({ rule: rule.name, at, from, to, value, error }));
          continue;
        }
        const shown = to === 'firing' || to === 'error' ? colors.red(to) : to;
        const why = error === undefined ? `${value ?? 'no number'}` : safeText(error);
        await out.line(`${at}  ${rule.name}  ${from} → ${shown}  ${why}`);
      }
    }
  } finally {
    runner.close();
  }
  const looks = Math.floor((toMs - fromMs) / checkIntervalMs) + 1;
  note(`${chosen.length} rules, looked at ${looks} times each: ${changes} changes`);
  return EXIT.ok;
}

/** Milliseconds since 1970; undefined for an option that was not given. */
function wallMs(option: string, text: string | undefined, latestMs: number): number | undefined {
  if (text === undefined) return undefined;
  const { kind, ns }: TimeArgument = parseTime(option, text);
  const ms = Number(ns / NANOS_PER_MILLI);
  if (kind === 'wall' || kind === 'number') return ms;
  if (kind === 'before') return latestMs - ms;
  const what = `${option} must be a wall time, or -6h for before ${option === '--to' ? 'now' : '--to'}`;
  throw new TraceError('ERR_TRACE_OPTION', `${what}; got ${text}`);
}
