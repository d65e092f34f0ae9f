import type { CliIo } from './cli-io.js';
import type { Finding } from './doctor/finding.js';
import { checkFolder } from './doctor/folder-checks.js';
import { checkHub } from './doctor/hub-checks.js';
import { checkMachine } from './doctor/machine-checks.js';
import { type HubDatabaseOptions, hubDatabase } from './hub-database.js';
import { type ProfileOptions, withProfile } from './hub-profile.js';
import { type CommandContext, EXIT } from './io.js';
import { safeJson, safeText } from './safe-text.js';

/** Options of `doctor`. */
export interface DoctorCommandOptions extends ProfileOptions, HubDatabaseOptions {
  json?: boolean;
}

/** `aegis-trace doctor`: what usually is wrong, and what to do. */
export async function doctorCommand(
  { database, config, json, ...asked }: DoctorCommandOptions,
  version: string,
  { out, colors }: CommandContext,
  { env }: CliIo,
): Promise<number> {
  const findings = [
    ...(await checkMachine(version)),
    ...(await checkFolder(await hubDatabase({ database, config }, env))),
    ...(await checkHub(await withProfile(asked, env), env)),
  ];
  if (json) await out.line(safeJson(JSON.stringify({ findings })));
  else for (const line of linesOf(findings, colors)) await out.line(line);
  await out.flush();
  return findings.some(({ state }) => state === 'fail') ? EXIT.negative : EXIT.ok;
}

function* linesOf(
  findings: readonly Finding[],
  colors: CommandContext['colors'],
): Generator<string> {
  const paint = { ok: colors.green, warn: colors.yellow, fail: colors.red };
  for (const { check, state, text, advice } of findings) {
    yield `${paint[state](state.padEnd(4))}  ${check.padEnd(11)}  ${safeText(text)}`;
    if (advice !== undefined) yield `${' '.repeat(19)}${colors.bold('→')} ${safeText(advice)}`;
  }
  const count = (of: Finding['state']): number =>
    findings.filter(({ state }) => state === of).length;
  yield '';
  const [fails, warnings] = [count('fail'), count('warn')];
  if (fails + warnings === 0) yield 'Nothing is wrong.';
  else {
    const of = `Of ${findings.length} checks ${fails} failed and ${warnings} warn.`;
    yield `${of} Put all of this into a report: it has no secrets.`;
  }
}
