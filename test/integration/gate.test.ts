// Processes with a gate, and a hub: what leaves them, when, and what the hub says of it.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runProcess } from '../support/child.js';
import { eventually } from '../support/eventually.js';
import {
  answered,
  countsOf,
  type Gated,
  listening,
  newId,
  peek,
  startGated,
} from '../support/gated.js';
import { KEYS, makeHubFolder, startTestHub, type TestHub } from '../support/hub.js';

const NAMES = ['api', 'worker', 'billing'];

async function startThree(
  hub: TestHub,
  optionsOf: (name: string) => Parameters<typeof startGated>[2] = () => ({}),
): Promise<Gated[]> {
  const services = await Promise.all(
    NAMES.map((name) => startGated(hub.hub.url, name, optionsOf(name))),
  );
  await listening(hub, 3);
  return services;
}

const stats = async (hub: TestHub): Promise<{ events: number; errors: number }> =>
  (await hub.get('/stats')).json;

/** Opens a request and resolves to its chain when that is complete. What a process says of its store may be a second old. */
const whole = (hub: TestHub, id: string) =>
  eventually(async () => {
    const chain = await answered(hub, id);
    expect(chain).toMatchObject({ complete: 'yes', account: { missing: [] } });
    return chain;
  });

/** With a ring alone, and with a store of its own from which it sends. */
const kinds: [string, () => (name: string) => Parameters<typeof startGated>[2]][] = [
  ['the ring', () => () => ({})],
  [
    'a store',
    () => {
      const folder = makeHubFolder();
      return (name) => ({ sqlite: { path: join(folder, `${name}.db`) } });
    },
  ],
];

describe.each(kinds)('from %s', (_kind, options) => {
  it('A5: COLD sends nothing; looking at a request brings its whole chain from all three', async () => {
    const hub = await startTestHub();
    const services = await startThree(hub, options());
    const id = newId();
    for (const service of services) {
      for (let index = 0; index < 50; index++) service.record(index % 5 === 0 ? id : newId());
      expect(await service.pipeline.flush()).toBe(true);
      expect(service.pipeline.shouldTrace(id)).toBe(false);
    }
    expect((await stats(hub)).events).toBe(0);
    expect((await peek(hub, id)).json.complete).toBe('unknown');

    const chain = await whole(hub, id);
    expect(countsOf(chain.items)).toEqual({ api: 10, worker: 10, billing: 10 });
    expect((await stats(hub)).events, 'and nothing of any other request').toBe(30);
    for (const { attributes } of chain.items) expect(attributes['aegis.kept']).toBe('hot');

    // What comes now is sent as it comes.
    for (const service of services) {
      expect(service.pipeline.shouldTrace(id)).toBe(true);
      service.record(id);
      service.record(newId());
      await service.pipeline.flush();
    }
    await eventually(async () => expect((await stats(hub)).events).toBe(33));
    for (const { pipeline } of services) {
      await eventually(() => {
        const metrics = pipeline.metrics();
        expect(metrics).toMatchObject({ backfilled: 10, keptErrors: 0, lost: 0 });
        expect(metrics.keptHot).toBeGreaterThanOrEqual(11);
      });
    }
  });

  it('A5: an error in one of three brings its chain from all three, and nothing else', async () => {
    const hub = await startTestHub();
    const services = await startThree(hub, options());
    const [failing, fine] = [newId(), newId()];
    for (const service of services) {
      service.record(failing, 7);
      service.record(fine, 7);
      await service.pipeline.flush();
    }
    services[1]?.record(failing, 1, 'Error');
    await eventually(async () => {
      const { json } = await peek(hub, failing);
      expect(countsOf(json.items)).toEqual({ api: 7, worker: 8, billing: 7 });
      expect(json.complete).toBe('yes');
    });
    expect(await stats(hub)).toMatchObject({ events: 22, errors: 1 });
    expect((await peek(hub, fine)).json).toMatchObject({ items: [], complete: 'unknown' });
    const { json } = await hub.get('/tracing/status');
    expect(json.items).toMatchObject([{ id: failing, state: 'HOT', cause: 'error', answered: 3 }]);
  });

  it('A5: with errors gated they stay as everything else does', async () => {
    const hub = await startTestHub();
    const service = await startGated(hub.hub.url, 'api', {
      ...options()('api'),
      hub: { errors: 'gated' },
    });
    await listening(hub, 1);
    const id = newId();
    service.record(id, 3);
    service.record(id, 2, 'Error');
    expect(await service.pipeline.flush()).toBe(true);
    expect((await stats(hub)).events).toBe(0);
    const chain = await answered(hub, id);
    expect([chain.items.length, chain.complete]).toEqual([5, 'yes']);
    expect(await stats(hub)).toMatchObject({ events: 5, errors: 2 });
  });

  it('A5: a dry run sends everything and says what would have stayed', async () => {
    const hub = await startTestHub();
    const service = await startGated(hub.hub.url, 'api', {
      ...options()('api'),
      hub: { dryRun: true },
    });
    await listening(hub, 1);
    const [hot, cold, failed] = [newId(), newId(), newId()];
    await hub.fetch(`/tracing/enable/${hot}`, { method: 'POST', key: KEYS.read });
    await answered(hub, hot);
    service.record(hot, 2);
    service.record(cold, 3);
    service.record(failed, 1, 'Error');
    expect(await service.pipeline.flush()).toBe(true);
    expect(service.pipeline.shouldTrace(cold)).toBe(true);
    const kept = async (id: string): Promise<string[]> =>
      (await peek(hub, id)).json.items.map(
        ({ attributes }: { attributes: Record<string, string> }) => attributes['aegis.kept'],
      );
    await eventually(async () => {
      expect(await kept(hot)).toEqual(['hot', 'hot']);
      expect(await kept(cold)).toEqual(['dry_run', 'dry_run', 'dry_run']);
      expect(await kept(failed)).toEqual(['error']);
    });
    expect(service.pipeline.metrics()).toMatchObject({ heldBack: 0 });
  });
});

it('A5: adaptive: false sends everything, as before, and says nothing of a gate', async () => {
  const hub = await startTestHub();
  const service = await startGated(hub.hub.url, 'api', { hub: { adaptive: false } });
  const id = newId();
  service.record(id, 20);
  expect(await service.pipeline.flush()).toBe(true);
  expect(service.pipeline.shouldTrace(newId())).toBe(true);
  const { json } = await peek(hub, id);
  expect([json.items.length, json.complete]).toEqual([20, 'yes']);
  for (const { attributes } of json.items) expect(attributes).not.toHaveProperty('aegis.kept');
  expect((await hub.get('/tracing/status')).json.listeners).toEqual([]);
  expect(service.pipeline.metrics()).toMatchObject({ heldBack: 0, backfilled: 0 });
});

it('A5: what the ring has given up is said, and the chain is not called complete', async () => {
  const hub = await startTestHub();
  const service = await startGated(hub.hub.url, 'api', { capacity: 100 });
  await listening(hub, 1);
  const id = newId();
  service.record(id, 5);
  await service.pipeline.flush();
  for (let index = 0; index < 97; index++) service.record(newId());
  await service.pipeline.flush();
  const chain = await answered(hub, id);
  expect(chain.items).toHaveLength(3);
  expect(chain.complete).toBe('unknown');
  expect(chain.account.missing).toMatchObject([
    { service: 'api', reason: 'overwritten', events: 2 },
  ]);
});

it('A5: errors of 10 000 requests in a second all arrive; of ten a second the chain comes along', async () => {
  const hub = await startTestHub();
  const [api, worker] = (await startThree(hub, () => ({ capacity: 100_000 }))) as [Gated, Gated];
  const ids = Array.from({ length: 10_000 }, newId);
  for (const id of ids) worker.record(id);
  await worker.pipeline.flush();
  for (const id of ids) api.record(id, 1, 'Error');
  expect(await api.pipeline.flush({ timeoutMs: 60_000 })).toBe(true);
  expect((await stats(hub)).errors).toBe(10_000);
  const { refusedOpenings, keptErrors } = api.pipeline.metrics();
  expect(keptErrors).toBe(10_000);
  // Ten a second, of the seconds that it took.
  expect(refusedOpenings).toBeGreaterThan(9_000);
  const { json } = await hub.get('/tracing/status');
  expect(json.hot).toBeGreaterThan(0);
  expect(json.hot).toBeLessThanOrEqual(10_000 - refusedOpenings);
  const opened = new Set(json.items.map(({ id }: { id: string }) => id));
  await eventually(async () => {
    for (const id of opened) {
      const chain = (await peek(hub, id as string)).json;
      expect([chain.items.length, chain.account.missing]).toEqual([2, []]);
    }
  });
  const other = ids.find((id) => !opened.has(id)) as string;
  const chain = (await peek(hub, other)).json;
  expect([chain.items.length, chain.complete]).toEqual([1, 'unknown']);
  // Whoever asks for it now has it whole.
  expect((await whole(hub, other)).items).toHaveLength(2);
});

it('A5: a hub that is away: errors wait, nothing is lost, and it is open again when it is back', async () => {
  const first = await startTestHub();
  const { port } = first.hub;
  const service = await startGated(first.hub.url, 'api');
  await listening(first, 1);
  const id = newId();
  service.record(id, 4);
  await service.pipeline.flush();
  await first.hub.close();
  service.record(id, 1, 'Error');
  expect(await service.pipeline.flush({ timeoutMs: 500 })).toBe(false);
  const second = await startTestHub({ port, database: first.hub.database });
  expect(await service.pipeline.flush({ timeoutMs: 20_000 })).toBe(true);
  await eventually(async () => expect((await peek(second, id)).json.items).toHaveLength(5));
  await listening(second, 1);
  const other = newId();
  service.record(other, 3);
  expect(await answered(second, other)).toMatchObject({ items: { length: 3 } });
});

it('A5: the end of a pipeline with a gate, or of its process, is only that', async () => {
  const hub = await startTestHub();
  const rounds = process.env.AEGIS_STRESS ? 300 : 40;
  const script = fileURLToPath(new URL('../support/gated-closing.mjs', import.meta.url));
  const end = await runProcess(process.execPath, [
    script,
    hub.hub.url,
    KEYS.ingest,
    String(rounds),
  ]);
  expect(end).toMatchObject({ code: 7, signal: null, stderr: '' });
  expect((await stats(hub)).errors).toBe(rounds + 1);
});
