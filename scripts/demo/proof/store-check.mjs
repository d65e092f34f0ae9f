// Proves that the database has what the ring has: the same events, each once, and the same in every field.

import { createHash } from 'node:crypto';
import { formatEventJson } from 'aegis-trace';
import { SqliteStore } from 'aegis-trace/store';
import { textFromCli } from '../report/terminal.mjs';

export const isError = ({ severity }) => severity === 'Error' || severity === 'Critical';
const digestOf = (event) => createHash('sha256').update(formatEventJson(event)).digest('base64');

/** Events by their ids, each as a digest of all its fields. */
export class EventDigests {
  /** @type {Map<string, string>} */
  #digests = new Map();
  errors = 0;

  /** @param {import('aegis-trace').TraceEvent} event */
  add(event) {
    this.#digests.set(event.eventId, digestOf(event));
    if (isError(event)) this.errors++;
  }

  get size() {
    return this.#digests.size;
  }

  has(eventId) {
    return this.#digests.has(eventId);
  }

  /** Whether it is the event of that id, in every field. */
  equals(event) {
    return this.#digests.get(event.eventId) === digestOf(event);
  }

  /** How many are not among these ids. */
  countWithout(eventIds) {
    let without = 0;
    for (const eventId of this.#digests.keys()) if (!eventIds.has(eventId)) without++;
    return without;
  }
}

/**
 * @typedef {object} StoredEvents
 * @property {number} rows
 * @property {number} errors of these
 * @property {Set<string>} eventIds
 * @property {number} unlike rows that differ from the event of the same id
 * @property {number} strangers rows of an event that was not kept: the ring has dropped it, or nobody recorded it
 * @property {number} missing events kept that are in no row
 * @property {string[]} problems of the database itself, by its own integrity check
 */

/**
 * Reads a database to its end.
 *
 * @param {string} file
 * @param {EventDigests} kept
 * @returns {Promise<StoredEvents>}
 */
export async function compareDatabase(file, kept) {
  const eventIds = new Set();
  const stored = { rows: 0, errors: 0, unlike: 0, strangers: 0 };
  for await (const event of eventsOf(file)) {
    stored.rows++;
    eventIds.add(event.eventId);
    if (isError(event)) stored.errors++;
    if (!kept.has(event.eventId)) stored.strangers++;
    else if (!kept.equals(event)) stored.unlike++;
  }
  const problems = await damageOf(file);
  return { ...stored, eventIds, missing: kept.countWithout(eventIds), problems };
}

async function* eventsOf(file) {
  const store = await SqliteStore.open({ path: file });
  try {
    for (let page = await store.after(); ; page = await store.after(page.position)) {
      for (const { event } of page.events) yield event;
      if (page.isEnd) return;
    }
  } finally {
    await store.close();
  }
}

async function damageOf(file) {
  try {
    await textFromCli('validate', file);
    return [];
  } catch (error) {
    return [`the database is damaged: ${error.message}`];
  }
}

/**
 * What is wrong with a database, whether its run has ended well or not.
 *
 * @param {StoredEvents} stored
 * @param {{ dropped: number }} metadata of the ring
 */
export function rowProblems({ rows, eventIds, unlike, strangers, problems }, { dropped }) {
  const found = [...problems];
  if (rows > eventIds.size) found.push(`${rows - eventIds.size} rows are of an event stored twice`);
  if (unlike > 0) found.push(`${unlike} rows differ from the event in the ring`);
  if (strangers > dropped) {
    found.push(`${strangers} rows are of no event in the ring, which has dropped ${dropped}`);
  }
  return found;
}

/**
 * The account of a run that has ended: what was recorded is stored, or was counted as lost.
 *
 * @param {StoredEvents} stored
 * @param {import('aegis-trace/pipeline').PipelineMetrics} metrics
 * @param {import('aegis-trace').ExportMetadata} metadata
 */
export function storeProblems(stored, metrics, metadata) {
  const { committed, lost, rejected, errors, lostErrors } = metrics;
  const problems = rowProblems(stored, metadata);
  const expect = (what, found, expected) => {
    if (found !== expected) problems.push(`${what}: expected ${expected}, found ${found}`);
  };
  expect('rows in the database', stored.rows, committed);
  expect('events stored, lost or refused', committed + lost + rejected, metadata.recorded);
  expect('errors in the database', stored.errors, errors);
  if (lostErrors > 0) problems.push(`the pipeline has lost ${lostErrors} errors`);
  if (stored.missing > lost + rejected) {
    problems.push(`${stored.missing} events of the ring are not in the database`);
  }
  return problems;
}
