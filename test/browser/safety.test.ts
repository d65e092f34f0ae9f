// Whatever is in an event is text: nothing of it runs, in any view; and the page is reached by keyboard and by screen readers.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { type HubPage, type Looking, openBrowser, openPage } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { startTestHub, type TestHub } from '../support/hub.js';
import { hubWithRequests } from '../support/hub-with-requests.js';
import { makeNowRun, PageEvents } from '../support/page-events.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const SEEDS = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '"><svg onload=alert(1)>',
  "'><iframe srcdoc='<script>alert(1)</script>'></iframe>",
  'javascript:alert(1)',
  '{{constructor.constructor("alert(1)")()}}',
  '<a href="javascript:alert(1)">x</a>',
  '<style>*{display:none}</style>',
  '<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>',
  '\u202e<script>alert(1)</script>',
];
/** Each in twenty dresses. */
const PAYLOADS = SEEDS.flatMap((seed) =>
  Array.from({ length: 20 }, (_, index) => {
    const dressed = [seed, encodeURIComponent(seed), seed.toUpperCase(), `${seed}\n${seed}`][
      index % 4
    ];
    return `${'<'.repeat(index % 3)}${dressed}${index}`;
  }),
);

async function hubWithPayloads(): Promise<TestHub> {
  const hub = await startTestHub();
  const events = new PageEvents();
  const all = PAYLOADS.map((payload, index) =>
    events.event(60_000 - index * 100, {
      eventType: payload,
      component: payload,
      modelId: payload,
      requestId: index % 2 === 0 ? payload : 'all',
      rationale: payload,
      severity: index % 3 === 0 ? 'Error' : 'Info',
      attributes: {
        process: payload,
        error: payload,
        stack: payload,
        [payload]: payload,
        'arg._x': payload,
        'code.file.path': payload,
      },
    }),
  );
  const answer = await hub.send(makeNowRun(SEEDS[1]), all);
  expect(answer.json).toMatchObject({ accepted: PAYLOADS.length, rejected: [] });
  return hub;
}

/** Elements that the page never makes. */
const FOREIGN =
  'iframe, object, embed, img, math, main style, main script, svg [onload], [onerror]';

async function expectNothingRan({ page, complaints }: HubPage): Promise<void> {
  expect(await page.locator(FOREIGN).count()).toBe(0);
  expect(await page.locator('a[href^="javascript:" i]').count()).toBe(0);
  expect(complaints).toEqual([]);
}

it('U4: 200 payloads in every field of an event are text in every view', async (context) => {
  expect(PAYLOADS).toHaveLength(200);
  const browser = await openBrowser(context);
  const opened = await openPage(browser, await hubWithPayloads());
  const { page } = opened;
  const columns =
    'time,process,status,duration,request,exception,detail,type,component,model,severity';
  for (const path of [
    '/ui/',
    `/ui/events?cols=${columns}`,
    '/ui/requests',
    '/ui/requests/all',
    '/ui/requests/all?as=table',
    `/ui/requests/${encodeURIComponent(PAYLOADS[0] as string)}`,
    `/ui/events?where=${encodeURIComponent('<script>alert(1)</script>')}`,
    '/ui/graph',
    '/ui/sources',
    `/ui/alerts?rule=${encodeURIComponent('"><img src=x onerror=alert(1)>')}`,
    `/ui/adaptive`,
  ]) {
    await opened.go(path);
    await page.waitForSelector('main :is(table, .empty, .waterfall)');
    await page.waitForTimeout(150);
    await expectNothingRan(opened);
  }
  await opened.go(`/ui/events?cols=${columns}`);
  await page.waitForSelector('tbody tr');
  for (let row = 0; row < 30; row++) {
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.detail .facts');
  }
  await expectNothingRan(opened);
});

it('U4: data that wants to be a script or an HTML text is refused by the browser itself', async (context) => {
  const browser = await openBrowser(context);
  const { page } = await openPage(browser, await startTestHub());
  const refused = await page.evaluate(() => {
    try {
      document.body.innerHTML = '<b>x</b>';
      return 'taken';
    } catch (error) {
      return (error as Error).message;
    }
  });
  expect(refused).toMatch(/TrustedHTML|Trusted Type/i);
});

const PLACES = [
  '/ui/',
  '/ui/events',
  '/ui/events?live=1',
  '/ui/events?where=proces%3Ax',
  '/ui/events?where=process%3Anone',
  '/ui/requests',
  '/ui/requests/req-5',
  '/ui/requests/req-5?as=table',
  '/ui/requests/none',
  '/ui/graph',
  '/ui/graph?as=table',
  '/ui/graph?process=gpu.run',
  '/ui/adaptive',
  '/ui/alerts',
  '/ui/sources',
  '/ui/projects',
];

/** What axe finds that is serious or critical. */
async function seriousIn({ page }: HubPage): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    // biome-ignore lint/suspicious/noExplicitAny: axe has put itself there
    const { violations } = await (globalThis as any).axe.run(document, {
      resultTypes: ['violations'],
    });
    return violations
      .filter(({ impact }: { impact: string }) => /serious|critical/.test(impact))
      .map(
        ({ id, nodes }: { id: string; nodes: { html: string }[] }) => `${id}: ${nodes[0]?.html}`,
      );
  });
}

/** AEGIS_STRESS=1 for each theme at each width. */
const LOOKS: readonly (readonly [string, Looking])[] = process.env.AEGIS_STRESS
  ? [
      ...[false, true].flatMap((dark) =>
        [375, 768, 1280].map(
          (width) => [`${dark ? 'dark' : 'light'}, ${width} px`, { dark, width }] as const,
        ),
      ),
      ['light, 375 px, reduced motion', { width: 375, reducedMotion: true }],
      ['forced colours', { forcedColors: true }],
    ]
  : [
      ['light, 1280 px', {}],
      ['dark, 768 px', { dark: true, width: 768 }],
      ['dark, 375 px, reduced motion', { dark: true, width: 375, reducedMotion: true }],
      ['forced colours', { forcedColors: true }],
    ];

it.for(LOOKS)('U4: axe finds nothing serious on any page: %s', async ([, looking], context) => {
  const browser = await openBrowser(context);
  const opened = await openPage(browser, await hubWithRequests(20), '/ui/', looking);
  const found: Record<string, string[]> = {};
  for (const place of PLACES) {
    await opened.go(place);
    await opened.page.waitForSelector('main :is(table, .empty, .waterfall, svg.graph)');
    await opened.page.waitForTimeout(100);
    const serious = await seriousIn(opened);
    if (serious.length > 0) found[place] = serious;
  }
  await opened.go('/ui/events');
  await opened.page.waitForSelector('tbody tr');
  await opened.page.keyboard.press('j');
  await opened.page.keyboard.press('Enter');
  await opened.page.waitForSelector('.detail .facts');
  const detail = await seriousIn(opened);
  if (detail.length > 0) found.detail = detail;
  await opened.page.keyboard.press('Escape');
  await opened.page.keyboard.press('?');
  await opened.page.waitForSelector('dialog[open]');
  const help = await seriousIn(opened);
  if (help.length > 0) found.help = help;
  expect(found).toEqual({});
  opened.expectQuiet();
});

it.for(LOOKS)(
  'U4: nor when there is nothing, an error, or no hub: %s',
  async ([, looking], context) => {
    const browser = await openBrowser(context);
    const hub = await startTestHub();
    const opened = await openPage(browser, hub, '/ui/', looking);
    const { page } = opened;
    const found: Record<string, string[]> = {};
    const look = async (state: string): Promise<void> => {
      const serious = await seriousIn(opened);
      if (serious.length > 0) found[state] = serious;
    };
    for (const place of ['/ui/', '/ui/events', '/ui/requests', '/ui/graph', '/ui/projects']) {
      await opened.go(place);
      await page.waitForSelector('main .empty');
      await look(`nothing at ${place}`);
    }
    await page.route('**/recent?*', (route) =>
      route.fulfill({ status: 503, body: '{"code":"unavailable","detail":"the disk is full"}' }),
    );
    await opened.go('/ui/events');
    await page.waitForSelector('text=the disk is full');
    await look('an error');
    await hub.hub.close();
    await page.waitForSelector('text=hub gone');
    await look('no hub');
    const again = await startTestHub();
    await page.goto(new URL('/ui/', again.hub.url).href);
    await page.waitForSelector('form input[type=password]');
    await look('no session');
    expect(found).toEqual({});
  },
);

it('U4: every page is reached, and an event opened and closed, by the keyboard alone', async (context) => {
  const browser = await openBrowser(context);
  const opened = await openPage(browser, await hubWithRequests(20));
  const { page } = opened;
  const places: readonly (readonly [string, string])[] = [
    ['e', '/ui/events'],
    ['r', '/ui/requests'],
    ['g', '/ui/graph'],
    ['h', '/ui/adaptive'],
    ['a', '/ui/alerts'],
    ['s', '/ui/sources'],
    ['p', '/ui/projects'],
    ['o', '/ui/'],
  ];
  for (const [key, path] of places) {
    await page.keyboard.press('g');
    await page.keyboard.press(key);
    await eventually(() => expect(new URL(page.url()).pathname).toBe(path));
  }
  await page.keyboard.press('g');
  await page.keyboard.press('l');
  await page.waitForURL(/live=1/);
  await page.keyboard.press('?');
  await page.waitForSelector('dialog[open]');
  await page.keyboard.press('Escape');
  await eventually(async () => expect(await page.locator('dialog[open]').count()).toBe(0));
  await page.keyboard.press('g');
  await page.keyboard.press('e');
  await page.waitForSelector('tbody tr');
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.detail .facts');
  await page.keyboard.press('Escape');
  await eventually(async () => expect(await page.locator('.detail').count()).toBe(0));
  // Typing is typing: no letter leads away.
  await page.keyboard.press('/');
  await page.keyboard.type('gpu e');
  expect(await page.inputValue('[data-search]')).toBe('gpu e');
  expect(new URL(page.url()).pathname).toBe('/ui/events');
  await page.fill('[data-search]', 'sta');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await page.waitForURL(/where=status%3AERR/);
  // From the beginning of the page to its content by one key.
  await page.reload();
  await page.waitForSelector('nav');
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).toBe(
    'To the content',
  );
  opened.expectQuiet();
});
