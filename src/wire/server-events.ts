/** One server-sent event. */
export interface ServerEvent {
  readonly id: string | undefined;
  /** `message` when it says none. */
  readonly event: string;
  readonly data: string;
}

/** Characters of one: an event of ours may have 1 MiB. */
const EVENT_MAX = 2 ** 22;

/**
 * Reads server-sent events (WHATWG HTML, "Server-sent events") from a stream of bytes; comments and what is
 * cut at the end are left out.
 *
 * @throws Error for one that does not end.
 */
export async function* serverEvents(
  stream: AsyncIterable<Uint8Array>,
): AsyncGenerator<ServerEvent, void, undefined> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of stream) {
    text += decoder.decode(bytes, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const event = parse(text.slice(0, end));
      text = text.slice(end + 2);
      if (event !== undefined) yield event;
    }
    if (text.length > EVENT_MAX) throw new Error('a server-sent event does not end');
  }
}

function parse(block: string): ServerEvent | undefined {
  const fields = new Map<string, string>();
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (name === 'data') data.push(value);
    else fields.set(name, value);
  }
  if (data.length === 0) return undefined;
  return { id: fields.get('id'), event: fields.get('event') ?? 'message', data: data.join('\n') };
}
