// What a page is made for seldom: texts that are far too long, other scripts, ten thousand processes, a narrow window.
import { expect, it } from 'vitest';
import { openBrowser, openPage } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { startTestHub, type TestHub } from '../support/hub.js';
import { makeNowRun, PageEvents } from '../support/page-events.js';

const LONG = 'x'.repeat(100_000);
const ODD = [
  'مرحبا بالعالم',
  '👩‍👩‍👧‍👦 семья',
  'naïve café',
  '\u202eabc',
  'a\tb\nc',
  `${LONG} end`,
];

async function hubWithOddities(): Promise<TestHub> {
  const hub = await startTestHub();
  const events = new PageEvents();
  const all = ODD.flatMap((text, index) =>
    ['Info', 'Error'].map((severity) =>
      events.event(60_000 - index * 1_000, {
        severity: severity as 'Info' | 'Error',
        component: text.slice(0, 5_000),
        requestId: text.slice(0, 900),
        rationale: text,
        attributes: { process: text.slice(0, 5_000), error: text, 'arg._text': text },
      }),
    ),
  );
  expect((await hub.send(makeNowRun(), all)).json).toMatchObject({ rejected: [] });
  return hub;
}

const PLACES = ['/ui/', '/ui/events', '/ui/requests', '/ui/graph', '/ui/alerts', '/ui/sources'];

it.for([375, 640, 768, 1280])(
  'U4: nothing is wider than a window of %i px, however long it is, and rows are one line each',
  async (width, context) => {
    const browser = await openBrowser(context);
    const opened = await openPage(browser, await hubWithOddities(), '/ui/', { width });
    const { page } = opened;
    const wide: string[] = [];
    const id = encodeURIComponent(ODD[0] as string);
    for (const place of [...PLACES, `/ui/requests/${id}`, `/ui/requests/${id}?as=table`]) {
      await opened.go(place);
      await page.waitForSelector('main :is(table, .empty, .waterfall, svg.graph)');
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (over > 0) wide.push(`${place}: ${over} px`);
    }
    expect(wide).toEqual([]);
    await opened.go('/ui/events');
    await page.waitForSelector('tbody tr');
    const heights = await page.$$eval('tbody tr', (rows) =>
      rows.map((row) => Math.round(row.getBoundingClientRect().height)),
    );
    expect(new Set(heights).size).toBe(1);
    await page.click('tbody tr:first-child .col-time');
    await page.waitForSelector('.detail .facts');
    // A value that is too large to be shown at once is there when somebody asks for it.
    expect(await opened.text('.detail')).toMatch(/All 100.00\d characters/);
    opened.expectQuiet();
  },
);

it('U1: ten thousand processes are a hundred rows, a bounded list, and completed by the query line', async (context) => {
  const browser = await openBrowser(context);
  const hub = await startTestHub();
  const events = new PageEvents();
  const run = makeNowRun();
  for (let part = 0; part < 10; part++) {
    const batch = Array.from({ length: 1_000 }, (_, index) =>
      events.event(60_000 - index, {
        attributes: { process: `worker.number_${part * 1_000 + index}` },
      }),
    );
    await hub.send(run, batch);
  }
  const opened = await openPage(browser, hub);
  const { page } = opened;
  await page.waitForSelector('.table-scroll tbody tr');
  expect(await opened.rows()).toHaveLength(100);
  expect(await opened.text('main')).toMatch(/The 100 with the most events, of 10.000/);
  await opened.go('/ui/events');
  await page.waitForSelector('tbody tr');
  await eventually(async () =>
    expect(await page.locator('label:has-text("Process") option').count()).toBe(201),
  );
  await page.fill('[data-search]', 'process:number_9876');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await eventually(async () => expect(await opened.rows()).toHaveLength(1));
  opened.expectQuiet();
});

it('U1: what an event is copied as is exact', async (context) => {
  const browser = await openBrowser(context);
  const hub = await startTestHub();
  const durationNs = 9_007_199_254_740_993n;
  await hub.send(makeNowRun(), [new PageEvents().event(1_000, { durationNs, rationale: 'odd' })]);
  const opened = await openPage(browser, hub, '/ui/events');
  const { page, profile } = opened;
  await profile.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.click('tbody tr:first-child .col-detail');
  await page.click('text=Copy JSON');
  await page.waitForSelector('text=Copied');
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toContain(`"duration_ns":${durationNs},`);
  expect(JSON.parse(copied)).toMatchObject({ rationale: 'odd', severity: 'Info' });
  await page.click('text=Copy curl');
  await eventually(async () =>
    expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(
      /^curl -H .*\/events\//,
    ),
  );
  opened.expectQuiet();
});
