import type { Browser, BrowserContext, Page } from 'playwright-core';
import { expect, onTestFinished, type TestContext } from 'vitest';
// @ts-expect-error: plain JavaScript
import { launchChromium } from '../../scripts/lib/chromium.mjs';
import { requireProgram } from './debian-server.js';
import type { TestHub } from './hub.js';

/** How a page is looked at. */
export interface Looking {
  readonly width?: number;
  readonly dark?: boolean;
  readonly reducedMotion?: boolean;
  readonly forcedColors?: boolean;
}

/** Debian's Chromium; closed when the test has ended. Skips a test where it is not installed. */
export async function openBrowser(context: TestContext): Promise<Browser> {
  requireProgram(context, 'chromium', 'chromium');
  const browser = (await launchChromium()) as Browser;
  onTestFinished(() => browser.close());
  return browser;
}

/** A profile of its own, in which the page of a hub is open by a link. What is wrong in it fails the test at its end. */
export async function openPage(
  browser: Browser,
  hub: TestHub,
  path = '/ui/',
  looking: Looking = {},
): Promise<HubPage> {
  const { width = 1280, dark = false, reducedMotion = false, forcedColors = false } = looking;
  const profile = await browser.newContext({
    viewport: { width, height: 800 },
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: reducedMotion ? 'reduce' : 'no-preference',
    forcedColors: forcedColors ? 'active' : 'none',
    timezoneId: 'UTC',
  });
  const opened = new HubPage(profile, await profile.newPage(), hub);
  await opened.page.goto(hub.hub.makeLink());
  await opened.page.waitForSelector('nav');
  if (path !== '/ui/') await opened.go(path);
  return opened;
}

/** A page, with what it complained of. */
export class HubPage {
  readonly profile: BrowserContext;
  readonly page: Page;
  readonly hub: TestHub;
  readonly complaints: string[] = [];

  constructor(profile: BrowserContext, page: Page, hub: TestHub) {
    this.profile = profile;
    this.page = page;
    this.hub = hub;
    page.on('pageerror', (error) => this.complaints.push(`error: ${error.message}`));
    page.on('dialog', (dialog) => {
      this.complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('console', (message) => {
      // Of an answer that is not 200 the browser says so itself.
      const isAnswer = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !isAnswer) this.complaints.push(message.text());
    });
  }

  async go(path: string): Promise<void> {
    await this.page.goto(new URL(path, this.hub.hub.url).href);
    await this.page.waitForSelector('nav');
  }

  /** What is read there. */
  text(selector: string): Promise<string> {
    // biome-ignore lint/performance/useDomNodeTextContent: as it is seen, without what is hidden
    return this.page.locator(selector).first().innerText();
  }

  /** The cells of a table, by row. */
  rows(selector = '.table-scroll tbody tr'): Promise<string[][]> {
    return this.page.$$eval(selector, (rows) =>
      rows.map((row) =>
        [...row.querySelectorAll('td')].map((cell) => (cell.textContent ?? '').trim()),
      ),
    );
  }

  /** Nothing was wrong so far. */
  expectQuiet(): void {
    expect(this.complaints).toEqual([]);
  }
}
