// Rows per second through append(), against the client's own insert of the same rows: as objects, which is how its users
// have them, and as text that is ready. Making the events, the objects or the text is not part of any.

import { Readable } from 'node:stream';
import { createClient } from '@clickhouse/client';
import { ClickHouseStore } from 'aegis-trace/store';
import { EVENT_COLUMNS, writeRow } from '../../../dist/store/clickhouse/event-row.js';
import { makeBatch, makeRun } from '../stored-events.mjs';

export async function measure({ url, events, batch, form }) {
  const run = makeRun();
  const target = form === 'store' ? await openStore(url, run) : openClient(url, run, form);
  await target.insert(target.prepare(makeBatch(0, batch, events)));
  let ns = 0n;
  for (let first = batch; first < events; first += batch) {
    const prepared = target.prepare(makeBatch(first, batch, events));
    const start = process.hrtime.bigint();
    await target.insert(prepared);
    ns += process.hrtime.bigint() - start;
  }
  await target.close();
  return { perSecond: (events - batch) / (Number(ns) / 1e9) };
}

async function openStore(url, run) {
  const store = await ClickHouseStore.open({ url });
  return {
    prepare: (items) => items,
    insert: (items) => store.append(run, items),
    close: () => store.close(),
  };
}

function openClient(url, run, form) {
  const { host, pathname } = new URL(url);
  const client = createClient({ url: `http://${host}`, database: pathname.slice(1) });
  const into = { table: 'event', columns: EVENT_COLUMNS };
  const ways = {
    rows: {
      prepare: (items) => items.map((placed) => rowOf(run, placed)),
      insert: (values) => client.insert({ ...into, values, format: 'JSONEachRow' }),
    },
    text: {
      prepare: (items) => items.map((placed) => lineOf(run, placed)).join(''),
      insert: (text) => {
        const values = Readable.from([Buffer.from(text)], { objectMode: false });
        return client.insert({ ...into, values, format: 'TabSeparated' });
      },
    },
  };
  return { ...ways[form], close: () => client.close() };
}

function microsOf({ anchors: [{ steadyNs, wallNs }] }, { timestampNs }) {
  return Number((timestampNs - steadyNs + wallNs) / 1_000n);
}

function lineOf(run, placed) {
  const { event } = placed;
  const { process } = event.attributes;
  return writeRow({ run: run.run, placed, wallMicros: microsOf(run, event), process }, Date.now());
}

function rowOf(run, { lane, sequence, event }) {
  return {
    inserted_ms: Date.now(),
    wall_us: microsOf(run, event),
    run: run.run,
    lane,
    sequence,
    timestamp_ns: String(event.timestampNs),
    duration_ns: String(event.durationNs),
    severity: event.severity === 'Error' ? 2 : 0,
    process: event.attributes.process,
    event_type: event.eventType,
    component: event.component,
    model_id: event.modelId,
    event_id: event.eventId,
    request_id: event.requestId,
    rationale: event.rationale,
    attr_keys: Object.keys(event.attributes),
    attr_values: Object.values(event.attributes),
  };
}
