// Events as they come: paused, with gaps, over a hub that is started again and a network that was away.
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openBrowser, openPage } from '../support/browser.js';
import { freePort } from '../support/debian-server.js';
import { eventually } from '../support/eventually.js';
import { makeHubFolder, startTestHub } from '../support/hub.js';
import { makeNowRun, PageEvents } from '../support/page-events.js';

it('U3: live rows come by themselves, wait while it is paused, and are as the line says', async (context) => {
  const browser = await openBrowser(context);
  const hub = await startTestHub();
  const events = new PageEvents();
  const run = makeNowRun();
  const send = (rationale: string, process = 'gpu.run') =>
    hub.send(run, [events.event(0, { rationale, attributes: { process } })]);
  const opened = await openPage(browser, hub, '/ui/events?live=1&where=process%3Agpu.*');
  const { page } = opened;
  const details = async (): Promise<(string | undefined)[]> =>
    (await opened.rows()).map((cells) => cells[6]);
  await page.waitForSelector('.mark-ok:has-text("live")');
  await send('first');
  await send('not shown', 'cpu.run');
  await eventually(async () => expect(await details()).toEqual(['first']));
  await page.keyboard.press('Space');
  await page.waitForSelector('text=paused');
  await send('second');
  await send('third');
  await page.waitForSelector('text=2 new: go on');
  expect(await details()).toEqual(['first']);
  await page.keyboard.press('Space');
  await eventually(async () => expect(await details()).toEqual(['third', 'second', 'first']));
  opened.expectQuiet();
});

it('U3: a hub that was away is found again, and nothing between is missing', async (context) => {
  const browser = await openBrowser(context);
  const database = join(makeHubFolder(), 'hub.db');
  const port = await freePort();
  const first = await startTestHub({ database, port });
  const events = new PageEvents();
  const run = makeNowRun();
  const opened = await openPage(browser, first, '/ui/events?live=1');
  const { page } = opened;
  const details = async (): Promise<(string | undefined)[]> =>
    (await opened.rows()).map((cells) => cells[6]);
  await page.waitForSelector('.mark-ok:has-text("live")');
  await first.send(run, [events.event(0, { rationale: 'before' })]);
  await eventually(async () => expect(await details()).toEqual(['before']));
  await first.hub.close();
  await page.waitForSelector('text=reconnecting…');
  const second = await startTestHub({ database, port });
  await second.send(run, [events.event(0, { rationale: 'meanwhile' })]);
  // Its sessions were those of the process before.
  await page.waitForSelector('form input[type=password]');
  await page.goto(second.hub.makeLink().replace('/ui/#', '/ui/events?live=1#'));
  await page.waitForSelector('.mark-ok:has-text("live")');
  await second.send(run, [events.event(0, { rationale: 'after' })]);
  await eventually(async () => expect(await details()).toEqual(['after']));
});

it('U3: a network that was away leaves no gap unsaid', async (context) => {
  const browser = await openBrowser(context);
  const hub = await startTestHub();
  const events = new PageEvents();
  const run = makeNowRun();
  const opened = await openPage(browser, hub, '/ui/events?live=1');
  const { page, profile } = opened;
  await page.waitForSelector('.mark-ok:has-text("live")');
  await hub.send(run, [events.event(0, { rationale: 'before' })]);
  await eventually(async () => expect(await opened.rows()).toHaveLength(1));
  await profile.setOffline(true);
  await page.waitForTimeout(500);
  const missed = Array.from({ length: 30 }, (_, index) =>
    events.event(0, { rationale: `m${index}` }),
  );
  await hub.send(run, missed);
  await profile.setOffline(false);
  await eventually(async () => {
    const rows = await opened.rows();
    const gaps = rows.filter((cells) => cells.length === 1);
    // All of them, or a row that says that some are not there.
    expect(rows.length - gaps.length === 31 || gaps.length > 0).toBe(true);
  });
});

it('U3: a thousand events a second are drawn as they can be, and what is not is said', async (context) => {
  const browser = await openBrowser(context);
  const hub = await startTestHub();
  const events = new PageEvents();
  const run = makeNowRun();
  const opened = await openPage(browser, hub, '/ui/events?live=1');
  const { page } = opened;
  await page.waitForSelector('.mark-ok:has-text("live")');
  for (let second = 0; second < 5; second++) {
    const batch = Array.from({ length: 1_000 }, (_, index) =>
      events.event(0, { rationale: `${second * 1_000 + index}` }),
    );
    await hub.send(run, batch);
    await page.waitForTimeout(900);
  }
  await eventually(async () => {
    const [newest] = (await opened.rows()).filter((cells) => cells.length > 1);
    expect(newest?.[6]).toBe('4999');
  });
  expect((await opened.rows()).length).toBeLessThanOrEqual(100);
  opened.expectQuiet();
});
