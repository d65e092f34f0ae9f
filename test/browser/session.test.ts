// Who may look at the page: links that are good once, keys, and what a cookie alone is worth.
import { expect, it } from 'vitest';
import { openBrowser, openPage } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { KEYS, startTestHub } from '../support/hub.js';

it('U3: whoever has no session is asked for a key, which is kept nowhere', async (context) => {
  const browser = await openBrowser(context);
  const hub = await startTestHub();
  const profile = await browser.newContext();
  const page = await profile.newPage();
  await page.goto(`${hub.hub.url}/ui/events`);
  await page.waitForSelector('form input[type=password]');
  await page.fill('input[type=password]', 'a key that nobody has');
  await page.click('button[type=submit]');
  await page.waitForSelector('.notice-bad');
  expect(await page.textContent('.notice-bad')).toBe('the key is not known');
  await page.fill('input[type=password]', KEYS.ingest);
  await page.click('button[type=submit]');
  await eventually(async () =>
    expect(await page.textContent('.notice-bad')).toBe('the page needs a key of the scope read'),
  );
  await page.fill('input[type=password]', KEYS.read);
  await page.click('button[type=submit]');
  await page.waitForSelector('nav');
  // Where one was going.
  expect(new URL(page.url()).pathname).toBe('/ui/events');
  const kept = await page.evaluate(() => JSON.stringify([localStorage, sessionStorage]));
  expect(kept).not.toContain(KEYS.read);
  const [cookie] = await profile.cookies();
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' });
  expect(cookie?.name).toMatch(/^aegis_[0-9a-f]{8}$/);
  expect(cookie?.value).not.toContain(KEYS.read);
  await page.reload();
  await page.waitForSelector('nav');
  await page.click('text=Leave');
  await page.waitForSelector('form input[type=password]');
  await page.reload();
  await page.waitForSelector('form input[type=password]');
});

it('U3: a link is good once, and its token leaves the URL at once', async (context) => {
  const browser = await openBrowser(context);
  const hub = await startTestHub();
  const link = hub.hub.makeLink();
  const first = await (await browser.newContext()).newPage();
  await first.goto(link);
  await first.waitForSelector('nav');
  expect(first.url()).toBe(`${hub.hub.url}/ui/`);
  const second = await (await browser.newContext()).newPage();
  await second.goto(link);
  await second.waitForSelector('.notice-bad');
  expect(await second.textContent('.notice-bad')).toBe('the link was used, or is too old');
  // Whoever followed it first may follow it again.
  await first.goto(link);
  await first.reload();
  await first.waitForSelector('nav');
});

it('U3: a cookie without the header of the page counts for nothing', async (context) => {
  const browser = await openBrowser(context);
  const hub = await startTestHub();
  const opened = await openPage(browser, hub);
  const [cookie] = await opened.profile.cookies();
  const ask = (path: string, headers: Record<string, string>, method = 'GET') =>
    hub.fetch(path, {
      method,
      headers: { cookie: `${cookie?.name}=${cookie?.value}`, ...headers },
    });
  expect((await ask('/recent', {})).status).toBe(401);
  expect((await ask('/recent', { 'x-aegis-page': 'look' })).status).toBe(200);
  expect((await ask('/tracing/enable/r-1', {}, 'POST')).status).toBe(401);
  // A page of another site cannot send the header: the hub allows no other origin.
  const { headers } = await ask('/recent', { origin: 'https://evil.example' }, 'OPTIONS');
  expect(headers.get('access-control-allow-origin')).toBeNull();
});

it('U3: with a key that may only read nothing is switched; a hub that is gone is said, and the rows stay', async (context) => {
  const browser = await openBrowser(context);
  const hub = await startTestHub();
  await hub.fetch('/api/v1/projects', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"id":"shop"}',
    key: KEYS.admin,
  });
  const profile = await browser.newContext();
  const page = await profile.newPage();
  await page.goto(`${hub.hub.url}/ui/projects`);
  await page.fill('input[type=password]', KEYS.read);
  await page.click('button[type=submit]');
  await page.waitForSelector('.table-scroll tbody tr');
  expect(await page.locator('input[role=switch]').count()).toBe(0);
  await hub.hub.close();
  await page.waitForSelector('.notice-bad');
  expect(await page.textContent('.notice-bad')).toContain('unreachable');
  expect(await page.locator('.table-scroll tbody tr').count()).toBe(1);
});

it('U3: the page is its own files alone, whole and immutable, under a policy that lets nothing else run', async () => {
  const hub = await startTestHub();
  const index = await fetch(`${hub.hub.url}/ui/`);
  const policy = index.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("require-trusted-types-for 'script'");
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
  expect(index.headers.get('cache-control')).toBe('no-cache');
  const text = await index.text();
  expect(text).not.toMatch(/<script(?![^>]*src=)|\sstyle=|\son\w+=/);
  const [, asset = ''] = /src="(\/ui\/assets\/[^"]+)"/.exec(text) ?? [];
  const script = await fetch(hub.hub.url + asset, { headers: { 'accept-encoding': 'gzip' } });
  expect(script.headers.get('content-encoding')).toBe('gzip');
  const plain = await fetch(hub.hub.url + asset, { headers: { 'accept-encoding': 'identity' } });
  expect(plain.headers.get('content-encoding')).toBeNull();
  expect(await plain.text()).toBe(await script.text());
  expect(script.headers.get('cache-control')).toContain('immutable');
  expect(script.headers.get('content-type')).toContain('javascript');
  for (const path of [
    '/ui/assets/none.js',
    '/ui/assets/../../package.json',
    '/ui/assets/%2e%2e/x',
  ]) {
    const missing = await fetch(hub.hub.url + path);
    expect([404, 200]).toContain(missing.status);
    expect(await missing.text()).not.toContain('"dependencies"');
  }
});
