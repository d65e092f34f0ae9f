import { dirname, resolve } from 'node:path';
import { readCases } from '../alerts/read-cases.js';
import { type CaseFailure, runCase } from '../alerts/run-case.js';
import { TraceError } from '../errors.js';
import { loadRules } from '../hub/load-rules.js';
import { readToml } from '../hub/read-toml.js';
import { type CommandContext, EXIT } from './io.js';
import { safeText } from './safe-text.js';

/** `aegis-trace alerts test FILE`: whether rules stand where the cases of a file say, over the events that they have. */
export async function alertsTestCommand(
  file: string,
  { out, colors }: CommandContext,
): Promise<number> {
  const { table, text } = await readToml(file);
  const { rules: name, cases } = readCases(table, text, file);
  const rulesFile = resolve(dirname(file), name);
  const { rules, checkIntervalMs } = await loadRules(rulesFile);
  let failed = 0;
  for (const alertCase of cases) {
    const rule = rules.find((known) => known.name === alertCase.rule);
    if (rule === undefined) {
      const message = `${file}: case "${alertCase.name}": ${rulesFile} has no rule ${alertCase.rule}`;
      throw new TraceError('ERR_TRACE_OPTION', message);
    }
    const failures = await runCase(rule, alertCase, checkIntervalMs);
    if (failures.length > 0) failed++;
    const mark = failures.length > 0 ? colors.red('FAIL') : colors.green('ok  ');
    await out.line(`${mark}  ${rule.name}: ${safeText(alertCase.name)}`);
    for (const failure of failures) await out.line(`      ${failureText(failure)}`);
  }
  await out.line(`${cases.length - failed} passed, ${failed} failed`);
  return failed > 0 ? EXIT.negative : EXIT.ok;
}

function failureText({ expected, state, value, error }: CaseFailure): string {
  const wanted = expected.value === undefined ? '' : ` with ${expected.value}`;
  const why = error === undefined ? (value ?? 'no number') : safeText(error);
  const at = `${expected.atMs / 1_000} s`;
  return `after ${at}: expected ${expected.state}${wanted}; it is ${state} with ${why}`;
}
