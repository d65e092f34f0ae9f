import { TraceError } from '../errors.js';
import { parseDurationText } from '../event/duration-text.js';
import type { alertAnswer, alertsAnswer } from '../hub/schemas/answers.js';
import type { Answer } from '../hub/schemas/typed.js';
import type { HubClient } from './hub-client.js';
import { type CommandContext, EXIT } from './io.js';
import { plainTable } from './plain-table.js';
import { safeJson, safeText } from './safe-text.js';

type Alert = Answer<typeof alertAnswer>;

const NANOS_PER_SECOND = 1_000_000_000;

/** `aegis-trace alerts list`: the rules of a hub, and where they stand. Ends with 1 while one fires or fails. */
export async function alertsListCommand(
  options: { json?: boolean },
  client: HubClient,
  { out, colors, note }: CommandContext,
): Promise<number> {
  const text = await client.get('alerts');
  const { file, problem, items } = JSON.parse(text) as Answer<typeof alertsAnswer>;
  const isWell = items.every(({ phase }) => phase !== 'firing' && phase !== 'error');
  const exit = isWell ? EXIT.ok : EXIT.negative;
  if (options.json) {
    await out.line(safeJson(text));
    return exit;
  }
  if (file === undefined) note('the hub has no rules: aegis-trace hub --alerts FILE');
  if (problem !== undefined) note(`the rules are those of before: ${safeText(problem)}`);
  if (items.length === 0) return exit;
  const heads = ['RULE', 'SEVERITY', 'STATE', 'SINCE', 'VALUE', 'THRESHOLD', 'WHAT'];
  const table = plainTable(
    heads.map((head) => colors.bold(head)),
    (column) => column === 4 || column === 5,
  );
  for (const item of items) {
    const { name, severity, state, phase, since, value, threshold, error, description } = item;
    const isBad = phase === 'firing' || phase === 'error';
    table.push([
      safeText(name),
      severity,
      isBad ? colors.red(state) : state,
      safeText(since),
      value === undefined ? '' : String(value),
      String(threshold),
      safeText(error ?? description),
    ]);
  }
  await out.line(table.toString());
  return exit;
}

/** `aegis-trace alerts silence NAME --for 2h`. */
export async function alertsSilenceCommand(
  name: string,
  options: { json?: boolean; for: string },
  client: HubClient,
  { out }: CommandContext,
): Promise<number> {
  const nanos = parseDurationText(options.for);
  if (nanos === undefined) {
    const what = '--for must be a duration such as 90m, 2h; 0s ends a silence';
    throw new TraceError('ERR_TRACE_OPTION', `${what}; got ${options.for}`);
  }
  const seconds = Number(nanos) / NANOS_PER_SECOND;
  const text = await client.post(`alerts/${encodeURIComponent(name)}/silence`, { seconds });
  const { silenced_until: until } = JSON.parse(text) as Alert;
  const said = until === undefined ? 'is not silenced' : `is silenced until ${until}`;
  await out.line(options.json ? safeJson(text) : safeText(`${name} ${said}`));
  return EXIT.ok;
}
