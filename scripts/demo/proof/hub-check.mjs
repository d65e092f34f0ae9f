// Proves that a hub has of the rings of all processes what it was to be sent: every error, the chains of errors and of what
// was asked for, each event once and the same in every field, and nothing else.

import { formatEventJson, readExport } from 'aegis-trace';
import { isError } from './store-check.mjs';

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
  async get(path, more = {}) {
    const headers = { authorization: `Bearer ${this.#key}`, ...more };
    const response = await fetch(`${this.#url}${path}`, { headers });
    const text = await response.text();
    if (!response.ok) throw new Error(`the hub answers ${response.status} to ${path}: ${text}`);
    return text;
  }

  /** How many events of a request it has, asked so that nobody is asked for more. */
  async eventsOf(id) {
    const text = await this.get(`/traces/${id}`, { 'sec-purpose': 'prefetch' });
    return JSON.parse(text).items.length;
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

/** What the hub itself records: that somebody has switched a project. */
const SWITCHED = '"event_type":"tracing_switched"';

/** Why an event was sent is said of it when it is sent. */
const KEPT = /,?"aegis\.kept":"\w+"(?=\}\}$)/;

/**
 * @param {HubReader} hub
 * @param {string[]} exports of the rings, a file each
 * @param {string | undefined} asked the request that somebody has asked for
 * @param {{ isAllSent?: boolean }} [how] whether everything was to be sent, asked for or not
 * @returns {Promise<{ perRing: number[], inHub: number, switches: number, failed: { requests: number, whole: number }, problems: string[] }>}
 */
export async function compareHub(hub, exports, asked, { isAllSent = false } = {}) {
  /** Of each event as a text: its request, and whether it is an error. */
  const inRings = new Map();
  const perRing = [];
  for (const file of exports) {
    let events = 0;
    for await (const event of readExport(file)) {
      inRings.set(formatEventJson(event), { id: event.requestId, isError: isError(event) });
      events++;
    }
    perRing.push(events);
  }
  const failed = new Set(
    [...inRings.values()].filter((event) => event.isError).map(({ id }) => id),
  );
  const seen = new Set();
  const counts = { twice: 0, strangers: 0, unasked: 0, switches: 0 };
  for await (const text of hub.events()) {
    if (text.includes(SWITCHED)) {
      counts.switches++;
      continue;
    }
    const plain = text.replace(KEPT, '');
    const event = inRings.get(plain);
    if (seen.has(plain)) counts.twice++;
    else if (event === undefined) counts.strangers++;
    else if (!isAllSent && event.id !== asked && !failed.has(event.id)) counts.unasked++;
    seen.add(plain);
  }
  let missing = 0;
  let errorsMissing = 0;
  let askedMissing = 0;
  const torn = new Set();
  for (const [text, event] of inRings) {
    if (seen.has(text)) continue;
    if (isAllSent) missing++;
    if (event.isError) errorsMissing++;
    if (event.id === asked) askedMissing++;
    if (failed.has(event.id)) torn.add(event.id);
  }
  const problems = [
    [counts.twice, 'events are in the hub twice'],
    [counts.strangers, 'events of the hub are in no ring as they are there'],
    [counts.unasked, 'events were sent that nobody had asked for'],
    [missing, 'events of the rings are not in the hub'],
    [errorsMissing, 'errors of the rings are not in the hub'],
    [askedMissing, `events of request ${asked} are not in the hub, which was asked for it`],
  ].flatMap(([found, what]) => (found > 0 ? [`${found} ${what}`] : []));
  return {
    perRing,
    inHub: seen.size,
    switches: counts.switches,
    failed: { requests: failed.size, whole: failed.size - torn.size },
    problems,
  };
}
