// Random lives of three processes with a gate and of their hub: what the hub says of a chain is held against what was
// recorded. AEGIS_STRESS=1 for 200 of them.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { answered, type Gated, listening, peek, startGated } from '../support/gated.js';
import { makeHubFolder, startTestHub, type TestHub } from '../support/hub.js';
import { randomFrom } from '../support/random.js';

const RUNS = process.env.AEGIS_STRESS ? 200 : 12;
const REQUESTS = 8;

interface ChainEvent {
  readonly component: string;
  readonly attributes: { readonly number: string };
}

/** What is wrong with a chain, as the hub has it; undefined: nothing. */
function problemOf(
  id: string,
  { items, complete }: { items: readonly ChainEvent[]; complete: string },
  services: readonly Gated[],
  isLost: boolean,
): string | undefined {
  const places = items.map(({ component, attributes }) => `${component} ${attributes.number}`);
  if (new Set(places).size !== places.length) return `an event of ${id} is there twice`;
  const recorded = services.reduce((sum, service) => sum + (service.recorded.get(id) ?? 0), 0);
  if (items.length > recorded) return `${items.length} events of ${recorded} of ${id} are there`;
  if (complete === 'yes' && items.length < recorded) {
    return `${id} is said to be complete with ${items.length} of ${recorded} events`;
  }
  if (complete === 'no') return `${id} is said to be incomplete, which nobody can know`;
  if (!isLost && items.length < recorded)
    return `${items.length} of ${recorded} events of ${id} are there`;
  return undefined;
}

const seeds = Array.from({ length: RUNS }, (_, index) => index + 1);

it.each(seeds)(
  'A5: life %d: nothing twice, nothing missing, and the hub is never wrong',
  async (seed) => {
    const random = randomFrom(seed);
    const below = (count: number) => Math.floor(random() * count);
    const folder = makeHubFolder();
    const hasStore = seed % 4 === 0;
    const hasOverflow = !hasStore && seed % 3 === 0;
    let hub: TestHub = await startTestHub({ hotSeconds: 600 });
    const { port, database } = hub.hub;
    const services = await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        startGated(hub.hub.url, name, {
          capacity: hasOverflow ? 40 + below(60) : 10_000,
          ...(hasStore && { sqlite: { path: join(folder, `${name}.db`) } }),
        }),
      ),
    );
    await listening(hub, 3);
    const idOf = () => `r${below(REQUESTS)}`;
    for (let step = 0; step < 25; step++) {
      const service = services[below(3)] as Gated;
      const action = below(20);
      if (action < 12) service.record(idOf(), 1 + below(hasOverflow ? 12 : 60));
      else if (action < 14) service.record(idOf(), 1, 'Error');
      else if (action < 17) await hub.get(`/traces/${idOf()}`);
      else if (action < 18) {
        await hub.hub.close();
        if (below(2) === 0) await sleep(below(300));
        hub = await startTestHub({ port, database, hotSeconds: 600 });
      } else await sleep(below(150));
      // Whenever it is asked.
      if (below(4) !== 0 || hasStore) continue;
      for (const { pipeline } of services) await pipeline.flush({ timeoutMs: 10_000 });
      const id = idOf();
      const problem = problemOf(id, (await peek(hub, id)).json, services, true);
      expect(problem, `step ${step}`).toBeUndefined();
    }
    for (const { pipeline } of services)
      expect(await pipeline.flush({ timeoutMs: 20_000 })).toBe(true);
    await listening(hub, 3);
    for (let request = 0; request < REQUESTS; request++) {
      const id = `r${request}`;
      const check = async () => {
        const chain = await answered(hub, id);
        expect(problemOf(id, chain, services, hasOverflow)).toBeUndefined();
        // Where nothing was lost it can say so.
        if (!hasOverflow) expect(chain.account.missing).toEqual([]);
      };
      if (hasStore) await eventually(check);
      else await check();
    }
  },
);
