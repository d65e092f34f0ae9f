import type { projectAnswer, projectsAnswer, switchAnswer } from '../hub/schemas/answers.js';
import type { Answer } from '../hub/schemas/typed.js';
import { formatCount } from './format.js';
import type { HubClient } from './hub-client.js';
import { type CommandContext, EXIT } from './io.js';
import { plainTable } from './plain-table.js';
import { safeJson, safeText } from './safe-text.js';

interface ProjectOptions {
  json?: boolean;
}

const PATH = 'api/v1/projects';

/** `aegis-trace projects list`: which are traced, and how many of their processes know. */
export async function projectsListCommand(
  options: ProjectOptions,
  client: HubClient,
  { out, colors, note }: CommandContext,
): Promise<number> {
  const text = await client.get(PATH);
  if (options.json) {
    await out.line(safeJson(text));
    return EXIT.ok;
  }
  const { items } = JSON.parse(text) as Answer<typeof projectsAnswer>;
  if (items.length === 0) {
    note('there is no project: aegis-trace projects create ID makes one');
    return EXIT.ok;
  }
  const heads = ['PROJECT', 'NAME', 'TRACING', 'PROCESSES TOLD', 'NOT STORED', 'CHANGED'];
  const table = plainTable(
    heads.map((head) => colors.bold(head)),
    (column) => column === 3 || column === 4,
  );
  for (const project of items) {
    const { listening, current } = project.processes;
    table.push([
      safeText(project.id),
      safeText(project.name),
      project.tracing_enabled ? 'on' : colors.yellow('off'),
      `${formatCount(current)} of ${formatCount(listening)}`,
      formatCount(project.suppressed),
      safeText(project.updated_at),
    ]);
  }
  await out.line(table.toString());
  return EXIT.ok;
}

/** `aegis-trace projects create ID`. */
export async function projectsCreateCommand(
  id: string,
  options: ProjectOptions & { name?: string },
  client: HubClient,
  { out }: CommandContext,
): Promise<number> {
  const text = await client.post(PATH, {
    id,
    ...(options.name !== undefined && { name: options.name }),
  });
  const project = JSON.parse(text) as Answer<typeof projectAnswer>;
  await out.line(options.json ? safeJson(text) : `${safeText(project.id)} is made, and traced`);
  return EXIT.ok;
}

/** `aegis-trace projects enable ID` and `disable ID`. */
export async function projectsSwitchCommand(
  action: 'enable' | 'disable',
  id: string,
  options: ProjectOptions,
  client: HubClient,
  { out }: CommandContext,
): Promise<number> {
  const path = `${PATH}/${encodeURIComponent(id)}/tracing`;
  const text = await client.patch(path, { tracing_enabled: action === 'enable' });
  const { message } = JSON.parse(text) as Answer<typeof switchAnswer>;
  await out.line(options.json ? safeJson(text) : safeText(message));
  return EXIT.ok;
}
