import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ClickHouseRunner } from '../alerts/clickhouse-runner.js';
import { QueryRunner } from '../alerts/query-runner.js';
import { TraceError } from '../errors.js';
import { messageOf } from '../thrown.js';
import { warn } from '../warnings.js';
import { AppendQueue } from './append-queue.js';
import { closeIdle, closingServer } from './close-server.js';
import { HubAlerts } from './hub-alerts.js';
import { HubGate } from './hub-gate.js';
import { openHubLog } from './hub-log.js';
import { diskStateOf, type HubState } from './hub-metrics.js';
import { HubProjects } from './hub-projects.js';
import { HubStatus } from './hub-status.js';
import { openKeys } from './keys.js';
import {
  type CheckedHubOptions,
  checkHubOptions,
  type HubKey,
  type HubOptions,
  SCOPES,
} from './options.js';
import { portOwner } from './port-owner.js';
import { QueryPool } from './query-pool.js';
import { Sessions } from './sessions.js';
import type { HubShare, ShareEvents } from './shared/hub-share.js';
import { Sources } from './sources.js';
import { Tails } from './tails.js';

/** Between looks at what other hubs have stored. */
const NEWS_MS = 1_000;

/** Told of what happens to a hub by itself. */
export type HubNotify = (message: string) => void;

/** A hub at work, made by {@link startHub}. */
export interface Hub {
  /** `http://127.0.0.1:8099` */
  readonly url: string;
  readonly port: number;
  /** Where it takes OTLP alone; undefined without the option `otlp`. */
  readonly otlpUrl: string | undefined;
  /** Absolute; the URL of a ClickHouse, without who asks it. */
  readonly database: string;
  readonly keysFile: string;
  /** Keys that were made at this start; they are shown nowhere else but in the file. */
  readonly madeKeys: readonly HubKey[];
  /** A link to its page, which is good once, in the next five minutes; whoever follows it may do everything there. */
  makeLink(): string;
  /** Reads the file of the alert rules again; one that is not as it must be leaves them as they are. */
  reloadAlerts(): Promise<void>;
  /** Answers what is under way, ends the streams, commits. */
  close(): Promise<void>;
}

/**
 * Starts a hub: a server to which processes send what they record, and which answers questions about it.
 *
 * @param notify - default: a process warning `AEGIS_TRACE_HUB`.
 * @throws TraceError (rejects) `ERR_TRACE_OPTION`, also for a port in use; `ERR_TRACE_PEER` when an optional
 * package is missing; `ERR_TRACE_STORE`, `ERR_TRACE_FILE`.
 */
export async function startHub(
  options: HubOptions = {},
  notify: HubNotify = (message) => warn('AEGIS_TRACE_HUB', message),
): Promise<Hub> {
  const checked = checkHubOptions(options);
  const opened = openKeys(checked);
  const sources = new Sources(checked.retentionMs, () => performance.now());
  const gate = new HubGate(checked.heat, checked.retentionMs);
  const requests = new Map<string, number>();
  const started = performance.now();
  const log = openHubLog();
  const onDeath = (reason: string): void =>
    notify(`a thread of the hub has ended and is started again: ${reason}`);

  const { database, clickhouse, retentionMs, archive, redis } = checked;
  const input = { database, clickhouse, retentionMs, archive, redis };
  const queries = new QueryPool(input, onDeath);
  const queue = new AppendQueue(input, checked.queueBytes, {
    onCommit: () => tails.onNews(),
    onNews: () => tails.onNews(),
    onSource: (report) => {
      sources.add(report, Date.now());
      if (report.gate !== undefined) gate.heard(report.run, report.gate);
    },
    onSuppressed: ({ project, events }) => projects.suppress(project, events),
    onDeath,
  });
  // Of a ClickHouse only who writes to it knows in which order.
  const followed = clickhouse === undefined ? queries : queue;
  const tails = new Tails(
    (question) => followed.tail(question),
    () => followed.end(),
  );
  const share = await openShare(checked, {
    onUp: () => void sharedHeat?.exchange(),
    onHeat: () => sharedHeat?.changed(),
    notify,
  });
  const sharedHeat = share && gate.share(share);
  const projects = new HubProjects(queue, checked.redis, notify, share);
  const alerts = new HubAlerts({
    openRunner: () =>
      clickhouse === undefined ? new QueryRunner(database) : new ClickHouseRunner(clickhouse),
    file: checked.alerts,
    queue,
    gate,
    notify,
    share,
  });
  const stateOf = (): HubState => ({
    totals: sources.totals,
    sources: sources.count,
    lost: sources.lost,
    disk: clickhouse === undefined ? diskStateOf(database) : undefined,
    queueBytes: queue.depth.bytes,
    queueRequests: queue.depth.requests,
    tails: tails.count,
    alerts: alerts.counts,
    suppressed: projects.suppressedTotal,
    hot: gate.heat.hotCount,
    warm: gate.heat.warmCount,
    listeners: gate.listeners.liveCount,
    changeStreams: gate.changes.count,
    requests,
    uptimeS: (performance.now() - started) / 1000,
    rssBytes: process.memoryUsage.rss(),
  });

  // Its keys are in the file beside the database: no two hubs of a machine have the same.
  const sessions = new Sessions(checked.database);
  const page = {
    keys: opened.keys,
    sessions,
    isReadOnly: checked.readOnly,
    title: checked.title,
    note: checked.note,
  };
  const { addRoutes, buildServer, listenOtlp } = await loadServer();
  const app = await buildServer({
    keys: opened.keys,
    sessions,
    isReadOnly: checked.readOnly,
    secretHeader: checked.secretHeader,
    allowHosts: checked.allowHosts,
    trustProxy: checked.trustProxy,
    onAnswer: (method, route, status, ms) => {
      log?.debug({ method, route, status, ms }, 'answered');
      const labels = `route=${JSON.stringify(route)},status="${status}"`;
      requests.set(labels, (requests.get(labels) ?? 0) + 1);
    },
    onFailure: (error) => {
      log?.error({ err: error }, 'an answer failed');
      notify(`an answer failed: ${messageOf(error)}`);
    },
  });
  const status = new HubStatus({ queries, sources, gate, projects, alerts, stateOf });
  await addRoutes(app, {
    queue,
    queries,
    tails,
    sources,
    gate,
    projects,
    alerts,
    status,
    page,
    stateOf,
    isRedisUp: () => share?.isUp,
    isShared: clickhouse !== undefined,
  });

  const servers = [closingServer(app.server)];
  let otlp: Server | undefined;
  // Who reads is to be known to the other hubs, and their news may be lost on the way.
  const looking = share && setInterval(() => tails.onNews(), NEWS_MS).unref();
  const close = async (): Promise<void> => {
    clearInterval(looking);
    gate.close();
    alerts.close();
    projects.close();
    tails.close();
    status.close();
    share?.close();
    const otlpClosed = otlp && new Promise((resolve) => otlp?.close(resolve));
    await closeIdle(servers, Promise.all([app.close(), otlpClosed]));
    await queue.close();
    await queries.close();
  };
  try {
    // One after the other: the first makes the database.
    await queue.open();
    await projects.open();
    await queries.open();
    sources.expect(await queries.runs());
    await alerts.open();
    await app.listen({ host: checked.host, port: checked.port }).catch((error: unknown) => {
      throw listenError(checked.host, checked.port, error);
    });
    if (checked.otlp !== undefined) {
      otlp = await listenOtlp(app, checked.host, checked.otlp).catch((error: unknown) => {
        throw listenError(checked.host, checked.otlp as number, error);
      });
      servers.push(closingServer(otlp));
    }
  } catch (error) {
    await close();
    throw error;
  }
  const { host, keysFile } = checked;
  const portOf = (server: Server): number => (server.address() as AddressInfo).port;
  const urlOf = (server: Server): string =>
    `http://${host.includes(':') ? `[${host}]` : host}:${portOf(server)}`;
  return {
    url: urlOf(app.server),
    port: portOf(app.server),
    otlpUrl: otlp && urlOf(otlp),
    database: checked.storeName,
    keysFile,
    madeKeys: opened.made,
    makeLink: () => urlOf(app.server) + sessions.makeLink({ scopes: SCOPES, project: undefined }),
    reloadAlerts: () => alerts.reload(),
    close,
  };
}

/** What hubs with the same ClickHouse share by Redis; undefined for one that has neither or only one of them. */
async function openShare(
  { clickhouse, redis }: CheckedHubOptions,
  events: ShareEvents,
): Promise<HubShare | undefined> {
  if (clickhouse === undefined || redis === undefined) return undefined;
  const [{ readSchema, requireSchema }, { HubShare }] = await Promise.all([
    import('../store/clickhouse/schema.js'),
    import('./shared/hub-share.js'),
  ]);
  const state = await readSchema(clickhouse);
  requireSchema(state);
  return new HubShare(redis, state.uuid as string, events);
}

/** What serves is optional: a process that only records needs none of it. */
async function loadServer() {
  try {
    const [{ buildServer }, { addRoutes }, { listenOtlp }] = await Promise.all([
      import('./server.js'),
      import('./routes.js'),
      import('./otlp/otlp-server.js'),
    ]);
    return { addRoutes, buildServer, listenOtlp };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    const message =
      'the hub needs packages that are not installed: npm install fastify @fastify/rate-limit';
    throw new TraceError('ERR_TRACE_PEER', message, { cause });
  }
}

function listenError(host: string, port: number, error: unknown): TraceError {
  const { code } = error as NodeJS.ErrnoException;
  const why =
    code === 'EADDRINUSE'
      ? `${portOwner(port) ?? 'another program'} listens there; give another port`
      : code === 'EACCES'
        ? 'only root may listen there; give a port from 1024'
        : messageOf(error);
  return new TraceError('ERR_TRACE_OPTION', `port ${port} of ${host} cannot be had: ${why}`, {
    cause: error,
  });
}
