// What a person does who was paged: opens a request that stayed at home, switches a project off, follows an alert; and the same
// page over what a dead process has left.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { ERRORS, errors, rulesOf, writeRules } from '../support/alert-rules.js';
import { openBrowser, openPage } from '../support/browser.js';
import { DIST_URL, RunningProcess } from '../support/child.js';
import { eventually } from '../support/eventually.js';
import { startGated } from '../support/gated.js';
import { KEYS, makeHubFolder, startTestHub } from '../support/hub.js';

const { TraceCollector } = (await import(DIST_URL)) as typeof import('../../src/index.js');
const { createToggle } = (await import(
  new URL('gate/index.js', DIST_URL).href
)) as typeof import('../../src/gate/index.js');
const { startPipeline } = (await import(
  new URL('pipeline/index.js', DIST_URL).href
)) as typeof import('../../src/pipeline/index.js');

it('U5: a request that is COLD is opened, and its chain arrives from the process by itself', async (context) => {
  const browser = await openBrowser(context);
  const hub = await startTestHub();
  const service = await startGated(hub.hub.url, 'scheduler');
  service.record('cold-1', 12);
  service.record('cold-2', 3);
  const opened = await openPage(browser, hub, '/ui/requests');
  const { page } = opened;
  await page.waitForSelector('.empty');
  // Nobody has asked: nothing has left the process.
  expect((await hub.get('/stats')).json.events).toBe(0);
  await page.fill('[name=id]', 'cold-1');
  await page.click('text=Open');
  await page.waitForSelector('.waterfall canvas');
  await eventually(async () => {
    const facts = await opened.text('.request-facts');
    expect(facts).toContain('12 events');
    expect(facts).toMatch(/gate HOT/);
    expect(facts).toContain('somebody looked');
  });
  await opened.go('/ui/adaptive');
  await eventually(async () =>
    expect((await opened.rows())[0]?.slice(0, 3)).toEqual(['cold-1', 'HOT', 'looked at']),
  );
  await page.fill('[name=id]', 'cold-2');
  await page.click('text=Make it HOT');
  await eventually(async () => expect((await hub.get('/stats')).json.events).toBe(15));
  await page.click('tr:has-text("cold-2") >> text=Make it COLD');
  await eventually(async () => expect(await opened.rows()).toHaveLength(1));
  opened.expectQuiet();
});

it('U5: a project is switched in the page, and a second later nothing new is recorded', async (context) => {
  const browser = await openBrowser(context);
  const hub = await startTestHub();
  const toggle = await createToggle({
    projectId: 'shop',
    hubUrl: hub.hub.url,
    key: KEYS.ingest,
  });
  const collector = new TraceCollector({ capacity: 10_000, toggle });
  const pipeline = await startPipeline({
    collector,
    sink: { hub: { url: hub.hub.url, key: KEYS.ingest } },
    intervalMs: 10,
    metricsEventIntervalMs: 0,
  });
  onTestFinished(async () => {
    await pipeline.close({ timeoutMs: 100 }).catch(() => {});
    toggle.close();
    collector.close();
  });
  const opened = await openPage(browser, hub, '/ui/projects');
  const { page } = opened;
  await page.waitForSelector('.empty');
  await page.fill('[name=id]', 'shop');
  await page.click('text=Make it');
  await page.waitForSelector('input[role=switch]');
  const record = (): number => {
    collector.record({ eventType: 'decision', component: 'Scheduler' });
    return collector.stats().recorded;
  };
  const before = record();
  await page.click('input[role=switch]');
  await eventually(async () =>
    expect(await opened.text('td [role=status]')).toMatch(/tracing of shop is off/),
  );
  await eventually(() => expect(toggle.isTracingEnabled()).toBe(false));
  expect([record(), record()]).toEqual([before, before]);
  await eventually(async () => expect((await opened.rows())[0]?.[1]).toMatch(/^off/));
  await page.click('input[role=switch]');
  await eventually(() => expect(toggle.isTracingEnabled()).toBe(true));
  expect(record()).toBe(before + 1);
  opened.expectQuiet();
});

it('U5: an alert that fires leads to the rows that made it fire', async (context) => {
  const browser = await openBrowser(context);
  const where = `
[[alerts.rule]]
name = "unpaid"
where = "component:pay status:ERR"
window = "10m"
threshold = 3
`;
  const hub = await startTestHub({ alerts: writeRules(rulesOf('', ERRORS + where)) });
  await hub.post(errors(3));
  const opened = await openPage(browser, hub, '/ui/alerts');
  const { page } = opened;
  await eventually(async () => {
    await page.reload();
    await page.waitForSelector('.table-scroll tbody tr');
    expect((await opened.rows()).map((cells) => cells[2])).toEqual(['firing', 'firing']);
  });
  await page.click('text=unpaid');
  await page.waitForSelector('.rule .changes');
  expect(await opened.text('.rule')).toMatch(/inactive → firing 3/);
  await page.click('text=When would it have fired?');
  await page.waitForSelector('text=it would have');
  await page.click('text=Silence for 1 h');
  await page.waitForSelector('text=End the silence');
  await page.click('text=The rows it looks at');
  await page.waitForURL(/\/ui\/events\?.*where=component%3Apay/);
  await eventually(async () => expect(await opened.rows()).toHaveLength(3));
  await opened.go('/ui/alerts?rule=errors');
  await page.click('.request-link >> text=r-1');
  await page.waitForURL(/\/ui\/requests\/r-1/);
  await page.waitForSelector('.waterfall canvas');
  opened.expectQuiet();
});

it('U6: aegis-trace open shows an export read-only, with what it says is missing', async (context) => {
  const browser = await openBrowser(context);
  const folder = makeHubFolder();
  const file = join(folder, 'trace.json');
  const collector = new TraceCollector({ capacity: 100 });
  for (let index = 0; index < 140; index++) {
    collector.record({
      eventType: 'decision',
      component: 'Scheduler',
      requestId: `r-${index % 7}`,
      rationale: `choice ${index}`,
    });
  }
  await collector.exportJson(file);
  collector.close();
  const main = fileURLToPath(new URL('cli/main.js', DIST_URL));
  const process_ = new RunningProcess(process.execPath, [main, 'open', file, '--no-browser']);
  const link = await eventually(() => {
    const [found] = /http:\S+/.exec(process_.stdout) ?? [];
    expect(found, process_.stderr).toBeDefined();
    return found as string;
  });
  const page = await (await browser.newContext()).newPage();
  await page.goto(link);
  await page.waitForSelector('.table-scroll tbody tr');
  expect(new URL(page.url()).pathname).toBe('/ui/requests');
  expect(await page.textContent('.banner')).toContain(
    'trace.json, read-only: 40 older events are not in it',
  );
  expect(await page.locator('.table-scroll tbody tr').count()).toBe(7);
  await page.goto(new URL('/ui/events', link).href);
  await page.waitForSelector('tbody tr');
  expect(await page.textContent('.pager > span')).toBe('100 events');
  // The newest decision of the dead process stands on top.
  expect(await page.textContent('tbody tr:first-child .col-detail')).toBe('choice 139');
  const refused = await page.evaluate(async () => {
    const headers = { 'x-aegis-page': 'look', 'content-type': 'application/json' };
    const answer = await fetch('/api/v1/projects', { method: 'POST', headers, body: '{"id":"x"}' });
    return answer.status;
  });
  expect(refused).toBe(403);
  process_.child.kill('SIGINT');
  expect(await process_.ended).toMatchObject({ code: 0 });
});
