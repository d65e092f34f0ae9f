import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import type { TraceCollector } from '../../src/index.js';
import type { HubSinkOptions, Pipeline, SqliteSinkOptions } from '../../src/pipeline/index.js';
import { DIST_URL } from './child.js';
import { eventually } from './eventually.js';
import { KEYS, type TestHub } from './hub.js';

// The thread of a pipeline is a file of the built package, which has a collector of its own.
const dist = (await import(DIST_URL)) as typeof import('../../src/index.js');
const { startPipeline } = (await import(
  new URL('pipeline/index.js', DIST_URL).href
)) as typeof import('../../src/pipeline/index.js');

export interface GatedOptions {
  readonly capacity?: number;
  readonly hub?: HubSinkOptions;
  /** A store of its own, from which it sends. */
  readonly sqlite?: SqliteSinkOptions;
}

/** A service with a gate: a collector with a run of its own, and a pipeline to a hub. */
export class Gated {
  readonly name: string;
  readonly collector: TraceCollector;
  readonly pipeline: Pipeline;
  /** How many events it has recorded of each request. */
  readonly recorded = new Map<string, number>();

  constructor(name: string, collector: TraceCollector, pipeline: Pipeline) {
    this.name = name;
    this.collector = collector;
    this.pipeline = pipeline;
  }

  record(requestId: string, count = 1, severity: 'Info' | 'Error' = 'Info'): void {
    for (let index = 0; index < count; index++) {
      const number = this.recorded.get(requestId) ?? 0;
      this.recorded.set(requestId, number + 1);
      this.collector.record({
        eventType: severity === 'Error' ? 'failed' : 'decided',
        component: this.name,
        requestId,
        severity,
        attributes: { number },
      });
    }
  }
}

/** Starts one, which the hub knows when this resolves. */
export async function startGated(
  url: string,
  name: string,
  { capacity = 10_000, hub = {}, sqlite }: GatedOptions = {},
): Promise<Gated> {
  const collector = new dist.TraceCollector({ capacity });
  const sink = { hub: { url, key: KEYS.ingest, adaptive: true, ...hub } };
  const pipeline = await startPipeline({
    collector,
    sink: sqlite === undefined ? sink : { ...sink, sqlite },
    service: name,
    intervalMs: 10,
    metricsEventIntervalMs: 0,
  });
  onTestFinished(async () => {
    await pipeline.close({ timeoutMs: 100 }).catch(() => {});
    collector.close();
  });
  return new Gated(name, collector, pipeline);
}

/** Resolves when so many processes listen. */
export async function listening(hub: TestHub, count: number): Promise<void> {
  await eventually(async () => {
    const { json } = await hub.get('/tracing/status');
    const live = json.listeners.filter((listener: { is_live: boolean }) => listener.is_live);
    if (live.length < count) throw new Error(`${live.length} of ${count} listen`);
  });
}

/** A chain as it is, without opening it: as a browser fetches ahead. */
export const peek = (hub: TestHub, id: string) =>
  hub.fetch(`/traces/${id}`, { key: KEYS.read, headers: { 'sec-purpose': 'prefetch' } });

/** Opens a request and resolves to its chain when every process has answered. */
export async function answered(hub: TestHub, id: string) {
  return eventually(async () => {
    const answer = await hub.get(`/traces/${id}`);
    const waits = answer.json.account.missing.some(
      ({ reason }: { reason: string }) => reason === 'unanswered',
    );
    if (waits) throw new Error(`not answered: ${JSON.stringify(answer.json.account)}`);
    return answer.json;
  });
}

/** How many of a chain's events each service has recorded. */
export function countsOf(items: readonly { component: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { component } of items) counts[component] = (counts[component] ?? 0) + 1;
  return counts;
}

export const newId = (): string => randomUUID().replaceAll('-', '');
