/** Room that is kept for `,"…":"+12345 more"`. */
const MORE_LENGTH = 20;

/**
 * JSON of a value in plain objects, arrays and primitives, of at most `room` characters, and JSON also
 * where that is too few for all: strings end with `…`, lists with the number of what is left out.
 * In less than two characters nothing can be said; what is written then is `0`.
 */
export function jsonWithin(view: unknown, room: number): string {
  const whole = JSON.stringify(view) ?? 'null';
  if (whole.length <= room) return whole;
  return write(view, room) ?? (room >= 2 ? '""' : '0');
}

/** Undefined when nothing of it has room. */
function write(value: unknown, room: number): string | undefined {
  if (typeof value === 'string') return cutString(value, room);
  if (Array.isArray(value)) return list(value.length, room, '[', (index) => ['', value[index]]);
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return list(members.length, room, '{', (index) => {
      const [key, member] = members[index] as [string, unknown];
      return [`${JSON.stringify(key)}:`, member];
    });
  }
  const text = JSON.stringify(value) ?? 'null';
  return text.length <= room ? text : undefined;
}

function cutString(text: string, room: number): string | undefined {
  const whole = JSON.stringify(text);
  if (whole.length <= room) return whole;
  // Escapes make it longer than it is: cut until it fits.
  for (let kept = Math.min(text.length, room - 3); kept >= 0; ) {
    const cut = JSON.stringify(`${text.slice(0, kept)}…`);
    if (cut.length <= room) return cut;
    kept = Math.min(kept - 1, Math.floor((kept * room) / cut.length));
  }
  return undefined;
}

function list(
  size: number,
  room: number,
  open: '[' | '{',
  itemAt: (index: number) => [string, unknown],
): string | undefined {
  if (room < 2) return undefined;
  let text: string = open;
  let shown = 0;
  for (; shown < size; shown++) {
    const [key, item] = itemAt(shown);
    const label = shown === 0 ? key : `,${key}`;
    const kept = shown === size - 1 ? 1 : 1 + MORE_LENGTH;
    const written = write(item, room - text.length - label.length - kept);
    if (written === undefined) break;
    text += label + written;
  }
  if (shown < size) {
    const more = `${shown === 0 ? '' : ','}${open === '{' ? '"…":' : ''}"+${size - shown} more"`;
    if (text.length + more.length < room) text += more;
  }
  return text + (open === '[' ? ']' : '}');
}
