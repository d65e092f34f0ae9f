import type { EventSink } from '../../event/event-sink.js';
import { ConfigWatch } from '../../gate/config-watch.js';
import { messageOf } from '../../thrown.js';
import type { CheckedHubSink } from '../hub-sink-options.js';
import type { SqliteSinkOptions } from '../options.js';
import { gateOptions, type SharedGate } from '../sending-gate.js';
import { Forwarder } from './forwarder.js';
import { HubSink } from './hub.js';
import type { Notify } from './open-sink.js';
import { SettlingSink } from './settling-sink.js';
import { StoreGate } from './store-gate.js';
import { openSqlite, storeSink } from './store-sink.js';

/** A SQLite store as a sink, and a hub that is sent what is in it. */
export async function openForwardedStore(
  sqlite: SqliteSinkOptions,
  hub: CheckedHubSink,
  notify: Notify,
  sinkGate: SharedGate,
): Promise<EventSink> {
  const store = await openSqlite(sqlite, notify);
  const sink = storeSink(store);
  const say = (message: string): void => notify('AEGIS_TRACE_FORWARD', message);
  const openHub = () =>
    new SettlingSink(
      new HubSink(hub),
      (_run, { event }, reason) => say(`the hub refuses event ${event.eventId}: ${reason}`),
      say,
    );
  const gate = hub.adaptive ? new StoreGate(store, gateOptions(hub, sinkGate)) : undefined;
  const forwarder = new Forwarder({ store, openHub, gate, onNotice: say });
  let watch: ConfigWatch | undefined;
  return {
    ...sink,
    async append(run, events, options = {}) {
      const result = await sink.append(run, events, options);
      if (options.account !== undefined) forwarder.own = { run, account: options.account };
      return result;
    },
    async drained(state) {
      const own = state();
      forwarder.own = own;
      gate?.turned();
      if (gate === undefined || watch !== undefined) return;
      const { url, key } = hub;
      const { run: id, service } = own.run;
      watch = new ConfigWatch({ url, key, run: id, service }, (config, failure) => {
        gate.apply(config);
        if (failure !== undefined)
          say(`the hub says nothing about its gate: ${messageOf(failure)}`);
      });
      void watch.start();
    },
    async close() {
      await watch?.close();
      await forwarder.close();
      await sink.close();
    },
  };
}
