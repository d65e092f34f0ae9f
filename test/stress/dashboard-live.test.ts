// A tab that is left open: a thousand events a second for ten minutes (AEGIS_LIVE_MINUTES says how many), with a minute
// without a network in the middle.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { openBrowser, openPage } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { startTestHub } from '../support/hub.js';
import { makeNowRun, PageEvents } from '../support/page-events.js';

const MINUTES = Number(process.env.AEGIS_LIVE_MINUTES ?? 10);
const SECOND_MS = 1_000;
const EVENTS_PER_S = 1_000;
const HEAP_MAX = 100 * 2 ** 20;
const MARGIN_MS = 120_000;

it('U3: a live page goes on and does not grow, also after a minute without a network', {
  timeout: MINUTES * 60 * SECOND_MS + MARGIN_MS,
}, async (context) => {
  const browser = await openBrowser(context);
  const hub = await startTestHub();
  const opened = await openPage(browser, hub, '/ui/events?live=1');
  const { page, profile } = opened;
  const devtools = await profile.newCDPSession(page);
  const heap = async (): Promise<number> => {
    await devtools.send('HeapProfiler.collectGarbage');
    const { usedSize } = await devtools.send('Runtime.getHeapUsage');
    return usedSize;
  };
  const events = new PageEvents();
  const run = makeNowRun();
  let sent = 0;
  const send = async (): Promise<void> => {
    const startedMs = performance.now();
    const batch = Array.from({ length: EVENTS_PER_S }, () =>
      events.event(0, { rationale: `n${sent++}` }),
    );
    await hub.send(run, batch);
    await sleep(Math.max(0, SECOND_MS - (performance.now() - startedMs)));
  };
  const newest = async (): Promise<string | undefined> =>
    (await opened.rows()).find((cells) => cells.length > 1)?.[6];
  const heaps: number[] = [];
  for (let minute = 0; minute < MINUTES; minute++) {
    const isAway = minute === Math.floor(MINUTES / 2);
    await profile.setOffline(isAway);
    for (let second = 0; second < 60; second++) await send();
    if (isAway) continue;
    heaps.push(await heap());
  }
  await profile.setOffline(false);
  await send();
  await eventually(async () => expect(await newest()).toBe(`n${sent - 1}`));
  expect((await opened.rows()).length).toBeLessThanOrEqual(100);
  const [early = 0] = heaps.slice(1);
  const last = heaps.at(-1) as number;
  expect(last).toBeLessThan(HEAP_MAX);
  // A held row is some kilobytes: twice what there was after two minutes would be a leak.
  expect(last).toBeLessThan(2 * early);
  opened.expectQuiet();
});
