import type {
  heatAnswer,
  tracingConfigAnswer,
  tracingStatusAnswer,
} from '../hub/schemas/answers.js';
import type { Answer } from '../hub/schemas/typed.js';
import { formatCount } from './format.js';
import type { HubClient } from './hub-client.js';
import { type CommandContext, EXIT } from './io.js';
import { plainTable } from './plain-table.js';
import { safeJson, safeText } from './safe-text.js';

interface TracingOptions {
  json?: boolean;
}

/** `aegis-trace tracing config`: what processes with a gate are told. */
export async function tracingConfigCommand(
  options: TracingOptions,
  client: HubClient,
  { out }: CommandContext,
): Promise<number> {
  const text = await client.get('tracing/config');
  if (options.json) {
    await out.line(safeJson(text));
    return EXIT.ok;
  }
  const config = JSON.parse(text) as Answer<typeof tracingConfigAnswer>;
  const { hot_correlations: hot, warm_correlations: warm } = config;
  await out.line(`mode     ${safeText(config.mode)}`);
  await out.line(`hot      ${formatCount(hot.length)} requests, sent whole`);
  await out.line(`warm     ${formatCount(warm.length)} requests, a share of ${config.warm_rate}`);
  await out.line(`others   a share of ${config.default_rate}`);
  await out.line(`etag     ${safeText(config.etag)}`);
  return EXIT.ok;
}

/** `aegis-trace tracing status`: who is open, why and for how long, and who listens. */
export async function tracingStatusCommand(
  options: TracingOptions,
  client: HubClient,
  { out, colors, note }: CommandContext,
): Promise<number> {
  const text = await client.get('tracing/status');
  if (options.json) {
    await out.line(safeJson(text));
    return EXIT.ok;
  }
  const status = JSON.parse(text) as Answer<typeof tracingStatusAnswer>;
  const live = status.listeners.filter(({ is_live: isLive }) => isLive).length;
  note(`mode ${safeText(status.mode)}; ${formatCount(live)} processes with a gate listen`);
  if (status.items.length === 0) {
    note('no request is open: every process keeps everything but errors at home');
    return EXIT.ok;
  }
  const heads = ['REQUEST', 'STATE', 'WHY', 'FOR', 'ANSWERED'];
  const table = plainTable(
    heads.map((head) => colors.bold(head)),
    (column) => column >= 3,
  );
  for (const { id, state, cause, remaining_seconds: seconds, answered } of status.items) {
    const color = state === 'HOT' ? colors.red : colors.yellow;
    const share = answered === undefined ? '' : `${answered} of ${live}`;
    table.push([safeText(id), color(state), safeText(cause), `${Math.ceil(seconds)} s`, share]);
  }
  await out.line(table.toString());
  return EXIT.ok;
}

/** `aegis-trace tracing enable ID` and `disable ID`. */
export async function tracingSwitchCommand(
  action: 'enable' | 'disable',
  requestId: string,
  options: TracingOptions,
  client: HubClient,
  { out }: CommandContext,
): Promise<number> {
  const text = await client.post(`tracing/${action}/${encodeURIComponent(requestId)}`);
  if (options.json) {
    await out.line(safeJson(text));
    return EXIT.ok;
  }
  const answer = JSON.parse(text) as Answer<typeof heatAnswer>;
  const { id, previous_state: previous, current_state: current } = answer;
  await out.line(
    previous === current
      ? `${safeText(id)} is ${current} as before`
      : `${safeText(id)} was ${previous} and is ${current}`,
  );
  return EXIT.ok;
}
