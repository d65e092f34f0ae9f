import { hubUrl } from '../wire/hub-http.js';
import { type GateConfig, parseGateConfig } from './gate-config.js';
import { HubWatch, type OnAnswer, type WatchConnection } from './hub-watch.js';

export interface ConfigWatchOptions {
  /** Of the hub. */
  readonly url: string;
  /** Of the scope `ingest` or `read`. */
  readonly key: string;
  /** Who asks: the hub then knows which processes hear of what it says. */
  readonly run?: string | undefined;
  readonly service?: string | undefined;
}

/** Watches the `/tracing/config` of a hub. */
export class ConfigWatch extends HubWatch<GateConfig> {
  constructor(
    { url, key, run, service }: ConfigWatchOptions,
    onConfig: OnAnswer<GateConfig>,
    connection?: WatchConnection,
  ) {
    const answerUrl = askedBy(hubUrl(url, 'tracing/config'), run, service);
    const changesUrl = hubUrl(url, 'tracing/changes');
    const name = 'its config';
    super({ answerUrl, changesUrl, key, parse: parseGateConfig, name }, onConfig, connection);
  }
}

/** A question that says who asks. */
export function askedBy(url: URL, run: string | undefined, service: string | undefined): URL {
  if (run !== undefined) url.searchParams.set('run', run);
  if (service !== undefined) url.searchParams.set('service', service);
  return url;
}
