// The page in a real browser: what each of its places shows of a real hub, and that all of it is in the URL.
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { openBrowser, openPage } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { KEYS, startTestHub } from '../support/hub.js';
import { hubWithRequests } from '../support/hub-with-requests.js';
import { makeNowRun, PageEvents } from '../support/page-events.js';

const count = (page: Page, selector: string): Promise<number> => page.locator(selector).count();

it('U1: the overview says what is wrong, since when, and of which process', async (context) => {
  const browser = await openBrowser(context);
  const opened = await openPage(browser, await hubWithRequests(40));
  const { page } = opened;
  await page.waitForSelector('.plot canvas');
  expect(await count(page, '.plot canvas')).toBe(2);
  expect(await opened.rows()).toEqual([
    [
      'api.handle',
      '',
      '40',
      '0',
      expect.stringMatching(/^5\d\.\d ms$/),
      expect.stringMatching(/ago|now/),
    ],
    [
      'gpu.run',
      '',
      '40',
      '4',
      expect.stringMatching(/^(19|20)\.\d ms$/),
      expect.stringMatching(/ago|now/),
    ],
    ['scheduler.admit', '', '40', '0', '', expect.stringMatching(/ago|now/)],
    ['scheduler.choose', '', '40', '0', '', expect.stringMatching(/ago|now/)],
  ]);
  await page.waitForSelector('.figure-bad');
  const bar = await opened.text('.status-bar');
  expect(bar).toMatch(/errors in 5 min \d+ of \d+/);
  // The brush over a plot sets the span of time.
  const plot = await page.locator('.plot .u-over').first().boundingBox();
  if (plot === null) throw new Error('there is no plot');
  await page.mouse.move(plot.x + plot.width * 0.2, plot.y + 40);
  await page.mouse.down();
  await page.mouse.move(plot.x + plot.width * 0.6, plot.y + 40, { steps: 5 });
  await page.mouse.up();
  await page.waitForURL(/from=.*to=/);
  await page.click('td a.bad');
  await page.waitForURL(/\/ui\/events\?.*where=process%3Agpu.run\+status%3AERR/);
  opened.expectQuiet();
});

it('U1: events are filtered by range, process, status and line, and by a click on a value', async (context) => {
  const browser = await openBrowser(context);
  const opened = await openPage(browser, await hubWithRequests(40), '/ui/events');
  const { page } = opened;
  const shown = async (): Promise<string> => {
    await page.waitForTimeout(50);
    return opened.text('.pager > span');
  };
  await eventually(async () => expect(await shown()).toBe('160 events'));
  expect(await page.locator('thead th').allInnerTexts()).toEqual([
    'Time',
    'Process',
    'Status',
    'Duration',
    'Request',
    'Exception',
    'Detail',
  ]);
  expect(await count(page, 'tbody tr')).toBe(50);
  await page.selectOption('label:has-text("Status") select', 'ERR');
  await eventually(async () => expect(await shown()).toBe('4 events'));
  expect((await opened.rows())[0]).toMatchObject([
    expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3}$/),
    'gpu.run',
    'ERR',
    '20.0 ms',
    expect.stringContaining('req-35'),
    'OutOfMemory: 2.1 GiB wanted',
    'out of memory on GPU 1',
  ]);
  await page.selectOption('label:has-text("Process") select', 'api.handle');
  await eventually(async () => expect(await count(page, '.empty')).toBe(1));
  await page.click('text=Show everything');
  await eventually(async () => expect(await shown()).toBe('160 events'));
  await page.click('tbody tr:first-child .col-process button');
  await page.waitForURL(/where=process%3A/);
  await eventually(async () => expect(await shown()).toBe('40 events'));
  await page.goBack();
  await eventually(async () => expect(await shown()).toBe('160 events'));
  await page.click('tbody tr:first-child .col-process button', { modifiers: ['Alt'] });
  await eventually(async () => expect(await shown()).toBe('120 events'));
  await page.fill('[data-search]', '"out of memory" dur>5ms');
  await page.keyboard.press('Enter');
  await eventually(async () => expect(await shown()).toBe('4 events'));
  await page.selectOption('.range-picker select', '-5m');
  await eventually(async () => expect(await shown()).toBe('1 event'));
  opened.expectQuiet();
});

it('U1: a page of fifty, the next one and the way back; reload and a link show the same', async (context) => {
  const browser = await openBrowser(context);
  const hub = await hubWithRequests(40);
  const opened = await openPage(browser, hub, '/ui/events');
  const { page } = opened;
  await page.waitForSelector('tbody tr');
  const first = await opened.rows();
  await page.click('text=Older');
  await page.waitForURL(/cursor=/);
  await eventually(async () => expect((await opened.rows())[0]).not.toEqual(first[0]));
  const second = await opened.rows();
  await page.reload();
  await page.waitForSelector('tbody tr');
  expect(await opened.rows()).toEqual(second);
  const stranger = await openPage(
    browser,
    hub,
    new URL(page.url()).pathname + new URL(page.url()).search,
  );
  await stranger.page.waitForSelector('tbody tr');
  expect(await stranger.rows()).toEqual(second);
  await page.click('text=Newer');
  await eventually(async () => expect(await opened.rows()).toEqual(first));
  await page.goBack();
  await eventually(async () => expect(await opened.rows()).toEqual(second));
  await page.goForward();
  await eventually(async () => expect(await opened.rows()).toEqual(first));
  opened.expectQuiet();
  stranger.expectQuiet();
});

it('U1: a column is made wider by its edge, dragged or by keys, and a link shows it so', async (context) => {
  const browser = await openBrowser(context);
  const hub = await hubWithRequests(5);
  const opened = await openPage(browser, hub, '/ui/events');
  const { page } = opened;
  const edge = page.getByRole('separator', { name: 'Width of Process' });
  const widthOf = (title: string): Promise<number> =>
    page.locator(`th:has-text("${title}")`).evaluate((head) => (head as HTMLElement).offsetWidth);
  await page.waitForSelector('tbody tr');
  const before = await widthOf('Process');
  const box = (await edge.boundingBox()) as { x: number; y: number };
  await page.mouse.move(box.x + 4, box.y + 10);
  await page.mouse.down();
  await page.mouse.move(box.x + 104, box.y + 10, { steps: 5 });
  await page.mouse.up();
  await eventually(async () => expect(await widthOf('Process')).toBe(before + 100));
  await edge.focus();
  await page.keyboard.press('ArrowLeft');
  await eventually(async () => expect(await widthOf('Process')).toBe(before + 84));
  expect(await edge.getAttribute('aria-valuenow')).toBe(`${before + 84}`);
  const { pathname, search } = new URL(page.url());
  expect(search).toContain(`widths=process%3A${before + 84}`);
  const stranger = await openPage(browser, hub, pathname + search);
  await stranger.page.waitForSelector('tbody tr');
  const shown = stranger.page.locator('th:has-text("Process")');
  expect(await shown.evaluate((head) => (head as HTMLElement).offsetWidth)).toBe(before + 84);
  await edge.dblclick();
  await eventually(async () => expect(await widthOf('Process')).toBe(before));
  expect(page.url()).not.toContain('widths');
  opened.expectQuiet();
});

it('U1: an event shows why first, then arguments, result, stack and code', async (context) => {
  const browser = await openBrowser(context);
  const opened = await openPage(
    browser,
    await hubWithRequests(40),
    '/ui/events?where=status%3AERR',
  );
  const { page } = opened;
  await page.click('tbody tr:first-child .col-detail');
  await page.waitForSelector('.detail .rationale');
  const text = await opened.text('.detail');
  expect(text.indexOf('out of memory on GPU 1')).toBeLessThan(text.indexOf('20.0 ms'));
  for (const part of ['20.0 ms', 'src/gpu.ts:88', 'OutOfMemory\n', 'gpu.run', 'req-35']) {
    expect(text).toContain(part);
  }
  expect(page.url()).toContain('row=');
  await page.keyboard.press('Escape');
  await eventually(async () => expect(await count(page, '.detail')).toBe(0));
  opened.expectQuiet();
});

it('U1: what is filtered is saved as CSV, in which no cell is a formula', async (context) => {
  const browser = await openBrowser(context);
  const hub = await startTestHub();
  const events = new PageEvents();
  const texts = ['=1+1', '+1', '-1+2', '@x', 'a,b', 'a"b', 'two\nlines'];
  await hub.send(
    makeNowRun(),
    texts.map((rationale, index) => events.event(1_000 - index, { rationale })),
  );
  const opened = await openPage(browser, hub, '/ui/events?cols=detail');
  const { page } = opened;
  await page.waitForSelector('tbody tr');
  await page.click('text=Export');
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('text=CSV')]);
  const saved = readFileSync(await download.path(), 'utf8');
  expect(saved.split('\r\n').toSorted()).toEqual(
    ['', 'Detail', "'=1+1", "'+1", "'-1+2", "'@x", '"a,b"', '"a""b"', '"two\nlines"'].toSorted(),
  );
  opened.expectQuiet();
});

it('U2: a request is a waterfall and a table of the same, with next error and find', async (context) => {
  const browser = await openBrowser(context);
  const opened = await openPage(
    browser,
    await hubWithRequests(40),
    '/ui/requests?where=status%3AERR',
  );
  const { page } = opened;
  await page.waitForSelector('tbody tr');
  expect((await opened.rows())[0]).toMatchObject([
    expect.any(String),
    'req-35',
    '58.0 ms',
    '4',
    '1',
    'Error',
    'yes',
  ]);
  await page.click('text=req-35');
  await page.waitForSelector('.waterfall canvas');
  expect(await opened.text('.request-facts')).toMatch(/4 events in 58\.0 ms.*1 error/s);
  await page.keyboard.press('e');
  await page.waitForSelector('.detail .rationale');
  expect(await opened.text('.detail .rationale')).toBe('out of memory on GPU 1');
  await page.keyboard.press(',');
  await eventually(async () =>
    expect(await opened.text('.detail .rationale')).toContain('model_a over model_b'),
  );
  await page.fill('[data-search]', 'slack');
  await eventually(async () => expect(await page.locator('text=1 found').count()).toBe(1));
  await page.click('text=As a table');
  await page.waitForSelector('table.chain');
  expect((await opened.rows('table.chain tbody tr')).map((cells) => cells[2])).toEqual([
    'api.handle',
    'admitted: 24 ms of slack',
    'model_a over model_b: deadline in 82 ms',
    'gpu.run: out of memory on GPU 1',
  ]);
  opened.expectQuiet();
});

it('U2: a request that there is not, one of one event and one of 50 000', async (context) => {
  const browser = await openBrowser(context);
  const hub = await startTestHub();
  const events = new PageEvents();
  const run = makeNowRun();
  await hub.send(run, [events.event(5_000, { requestId: 'one', rationale: 'alone' })]);
  for (let part = 0; part < 10; part++) {
    const rows = Array.from({ length: 5_000 }, (_, index) =>
      events.event(60_000 - (part * 5_000 + index), {
        requestId: 'many',
        rationale: `choice ${part * 5_000 + index}`,
        severity: index === 4_999 ? 'Error' : 'Info',
      }),
    );
    expect((await hub.send(run, rows)).status).toBe(200);
  }
  const opened = await openPage(browser, hub, '/ui/requests/none');
  const { page } = opened;
  await page.waitForSelector('.empty');
  expect(await opened.text('.empty')).toContain('Nothing of this request is here');
  await opened.go('/ui/requests/one');
  await page.waitForSelector('.waterfall canvas');
  expect(await opened.text('.request-facts')).toContain('1 event');
  await opened.go('/ui/requests/many');
  await page.waitForSelector('.waterfall canvas');
  expect(await opened.text('.request-facts')).toMatch(/50.000 events.*10 errors/s);
  await page.keyboard.press('E');
  await page.waitForSelector('.detail .rationale');
  expect(await opened.text('.detail .rationale')).toBe('choice 49999');
  opened.expectQuiet();
});

it('U1: times and durations are exact, at both ends of 64 bits', async (context) => {
  const browser = await openBrowser(context);
  const hub = await startTestHub();
  const events = new PageEvents();
  const INT64_MAX = 2n ** 63n - 1n;
  await hub.send(makeNowRun(), [
    events.event(2_000, { rationale: 'longest', durationNs: INT64_MAX }),
    events.event(1_000, { rationale: 'odd', durationNs: 9_007_199_254_740_993n }),
  ]);
  const opened = await openPage(browser, hub, '/ui/events');
  const { page } = opened;
  const nanosOf = async (rationale: string): Promise<string> => {
    await page.click(`tbody td:has-text("${rationale}")`);
    await eventually(async () => expect(await opened.text('.detail .rationale')).toBe(rationale));
    const text = await opened.text('.detail .facts');
    return (/([\d\u202f]+) ns/.exec(text)?.[1] ?? '').replaceAll('\u202f', '');
  };
  expect(await nanosOf('longest')).toBe(String(INT64_MAX));
  expect(await nanosOf('odd')).toBe('9007199254740993');
  opened.expectQuiet();
});

it('U1: the graph has rate, errors, P95 and last event of each process, as does its table', async (context) => {
  const browser = await openBrowser(context);
  const opened = await openPage(browser, await hubWithRequests(40), '/ui/graph');
  const { page } = opened;
  await page.waitForSelector('svg.graph');
  const gpu = await page.textContent('.node:has-text("gpu.run")');
  expect(gpu).toMatch(/(?:\d|\.)+\/min · 4 ✕/);
  expect(gpu).toMatch(/P95 (?:19|20)\.\d ms · (?:now|\d+ \w+ ago)/);
  await page.click('text=As a table');
  await page.waitForSelector('h2:has-text("Processes")');
  const row = (await opened.rows()).find(([name]) => name === 'gpu.run');
  expect(row?.slice(1)).toEqual([
    '40',
    expect.stringMatching(/^[\d.]+\/min$/),
    '4',
    expect.stringMatching(/^(?:19|20)\.\d ms$/),
    expect.stringMatching(/ago|now/),
  ]);
  opened.expectQuiet();
});

it('U3: a tab has one stream, and asks for nothing while nothing has changed', async (context) => {
  const browser = await openBrowser(context);
  const hub = await hubWithRequests(5);
  const opened = await openPage(browser, hub);
  const { page } = opened;
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  const streams = () => asked.filter((path) => path.endsWith('/stream'));
  for (const path of ['/ui/projects', '/ui/events?live=1']) {
    asked.length = 0;
    await opened.go(path);
    await page.waitForSelector('main :is(table, .empty)');
    await eventually(() => expect(streams()).toHaveLength(1));
    // What was asked before the hub had said how it is may be asked once more.
    await page.waitForTimeout(2_500);
    asked.length = 0;
    await page.waitForTimeout(5_000);
    expect(asked, path).toEqual([]);
  }
  await opened.go('/ui/projects');
  await page.waitForSelector('main .empty');
  await hub.fetch('/api/v1/projects', {
    method: 'POST',
    key: KEYS.admin,
    headers: { 'content-type': 'application/json' },
    body: '{"id":"shop"}',
  });
  await page.waitForSelector('td:has-text("shop")');
});
