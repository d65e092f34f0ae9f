// Proves that a hub has what the rings of all processes have: the same events, each once, and the same in every field.

import { formatEventJson, readExport } from 'aegis-trace';

const PAGE_EVENTS = 1_000;
/** What an event of an answer has before its own fields. */
const ORIGIN = /^\{"run":"[^"]+","lane":\d+,"sequence":\d+,"wall_ns":-?\d+,/;

/** Asks a hub. */
export class HubReader {
  #url;
  #key;

  constructor(url, key) {
    this.#url = url;
    this.#key = key;
  }

  /** @returns {Promise<string>} */
  async get(path) {
    const headers = { authorization: `Bearer ${this.#key}` };
    const response = await fetch(`${this.#url}${path}`, { headers });
    const text = await response.text();
    if (!response.ok) throw new Error(`the hub answers ${response.status} to ${path}: ${text}`);
    return text;
  }

  /** All events, each as an export has it: the digits of its integers are its own. */
  async *events() {
    for (let cursor = ''; ; ) {
      const text = await this.get(`/recent?order=oldest&limit=${PAGE_EVENTS}${cursor}`);
      const { items, next } = JSON.parse(text);
      // A line each: no text in JSON has an end of line.
      const lines = items.length === 0 ? [] : text.slice('{"items":['.length).split(',\n');
      for (const line of lines) yield eventText(line);
      if (next === null) return;
      cursor = `&cursor=${next}`;
    }
  }
}

/** The last line of a page goes on with the end of the page. */
function eventText(line) {
  const fields = line.replace(ORIGIN, '{');
  return fields.endsWith('}}') ? fields : fields.slice(0, fields.lastIndexOf('}}],') + 2);
}

/**
 * @param {HubReader} hub
 * @param {string[]} exports of the rings, a file each
 * @returns {Promise<{ perRing: number[], inHub: number, problems: string[] }>}
 */
export async function compareHub(hub, exports) {
  const inRings = new Set();
  const perRing = [];
  let twice = 0;
  for (const file of exports) {
    let events = 0;
    for await (const event of readExport(file)) {
      inRings.add(formatEventJson(event));
      events++;
    }
    perRing.push(events);
  }
  let inHub = 0;
  let strangers = 0;
  const seen = new Set();
  for await (const text of hub.events()) {
    inHub++;
    if (seen.has(text)) twice++;
    else if (!inRings.has(text)) strangers++;
    seen.add(text);
  }
  let missing = 0;
  for (const text of inRings) if (!seen.has(text)) missing++;
  const problems = [];
  if (twice > 0) problems.push(`${twice} events are in the hub twice`);
  if (strangers > 0)
    problems.push(`${strangers} events of the hub are in no ring as they are there`);
  if (missing > 0) problems.push(`${missing} events of the rings are not in the hub`);
  return { perRing, inHub, problems };
}
