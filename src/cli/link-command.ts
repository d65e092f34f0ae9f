import type { linkAnswer } from '../hub/schemas/answers.js';
import type { Answer } from '../hub/schemas/typed.js';
import type { HubClient } from './hub-client.js';
import { type CommandContext, EXIT } from './io.js';
import { safeText } from './safe-text.js';

/** `aegis-trace hub link`: a link to the page, with what its key may do. */
export async function linkCommand(
  client: HubClient,
  { out, note }: CommandContext,
): Promise<number> {
  const { path } = JSON.parse(await client.post('ui/link')) as Answer<typeof linkAnswer>;
  await out.line(safeText(new URL(path, client.url).href));
  note('the link is good once, for five minutes');
  return EXIT.ok;
}
