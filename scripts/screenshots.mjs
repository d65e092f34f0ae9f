// Makes the screenshots of the guides from the demo: npm run screenshots. They need Debian's chromium.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { launchChromium } from './lib/chromium.mjs';
import { runAsMain } from './lib/main.mjs';
import { inRoot } from './lib/paths.mjs';
import { ScriptError, step } from './lib/run.mjs';

const FOLDER = 'docs/images';
const KB_MAX = 60;
/** Of 100: text is still sharp, and a file a third of a PNG. */
const QUALITY = 85;
/** For the demo to have something to show. */
const DEMO_MS = 200_000;

await runAsMain(import.meta, async () => {
  const demo = spawn(process.execPath, [inRoot('scripts/start.mjs'), '--serve'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(demo, 'exit');
  try {
    const link = await linkOf(demo);
    step('the demo runs');
    await new Promise((resolve) => setTimeout(resolve, DEMO_MS));
    await takeAll(link);
  } finally {
    demo.kill('SIGINT');
    await ended;
  }
});

function linkOf(demo) {
  let said = '';
  return new Promise((resolve, reject) => {
    demo.stdout.on('data', (text) => {
      said += text;
      const [found] = /http:\S+\/ui\/#token=\S+/.exec(said) ?? [];
      if (found !== undefined) resolve(found);
    });
    demo.once('exit', () => reject(new ScriptError(`the demo has ended: ${said}`)));
  });
}

/** Playwright itself writes PNG and JPEG alone. */
async function webpOf(profile, page) {
  const session = await profile.newCDPSession(page);
  const { data } = await session.send('Page.captureScreenshot', {
    format: 'webp',
    quality: QUALITY,
  });
  return Buffer.from(data, 'base64');
}

async function takeAll(link) {
  const browser = await launchChromium();
  try {
    const profile = await browser.newContext({
      viewport: { width: 1080, height: 480 },
      colorScheme: 'light',
    });
    const page = await profile.newPage();
    await page.goto(link);
    await page.waitForSelector('nav');
    mkdirSync(inRoot(FOLDER), { recursive: true });
    const shoot = async (name) => {
      await page.waitForTimeout(1_000);
      const path = inRoot(`${FOLDER}/${name}.webp`);
      writeFileSync(path, await webpOf(profile, page));
      const kb = statSync(path).size / 1024;
      if (kb > KB_MAX) throw new ScriptError(`${path} has ${kb.toFixed(0)} KB`);
      step(`${FOLDER}/${name}.webp, ${kb.toFixed(0)} KB`);
    };
    const go = (path) => page.goto(new URL(path, link).href);
    await go('/ui/events?where=status%3AERR');
    await page.waitForSelector('tbody tr');
    await page.click('tbody tr:nth-child(2) .col-detail');
    await page.waitForSelector('.detail .facts');
    await shoot('events');
    await go('/ui/requests?where=status%3AERR');
    await page.click('.requests tbody tr:first-child a');
    await page.waitForSelector('.waterfall canvas');
    await page.keyboard.press('e');
    await page.waitForSelector('.detail .facts');
    await shoot('request');
    // An installation has 50 MB, and these are a hundredth of it: a list needs no more rows.
    await page.setViewportSize({ width: 1080, height: 380 });
    await go('/ui/adaptive');
    await page.waitForSelector('main :is(table, .empty)');
    await shoot('adaptive');
    await page.setViewportSize({ width: 1080, height: 480 });
    await go('/ui/');
    await page.waitForSelector('.plot canvas');
    await shoot('overview');
  } finally {
    await browser.close();
  }
}
