import type { EventSink } from '../../event/event-sink.js';
import type { CheckedHubSink } from '../hub-sink-options.js';
import type { SqliteSinkOptions } from '../options.js';
import { Forwarder } from './forwarder.js';
import { HubSink } from './hub.js';
import type { Notify } from './open-sink.js';
import { SettlingSink } from './settling-sink.js';
import { openStore, storeSink } from './sqlite.js';

/** A SQLite store as a sink, and a hub that is sent what is in it. */
export async function openForwardedStore(
  sqlite: SqliteSinkOptions,
  hub: CheckedHubSink,
  notify: Notify,
): Promise<EventSink> {
  const store = await openStore(sqlite, notify);
  const sink = storeSink(store);
  const say = (message: string): void => notify('AEGIS_TRACE_FORWARD', message);
  const openHub = () =>
    new SettlingSink(
      new HubSink(hub),
      (_run, { event }, reason) => say(`the hub refuses event ${event.eventId}: ${reason}`),
      say,
    );
  const forwarder = new Forwarder(store, openHub, say);
  return {
    ...sink,
    async append(run, events, options = {}) {
      const result = await sink.append(run, events, options);
      if (options.account !== undefined) forwarder.own = { run, account: options.account };
      return result;
    },
    async close() {
      await forwarder.close();
      await sink.close();
    },
  };
}
