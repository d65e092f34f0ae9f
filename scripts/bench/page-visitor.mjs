// Somebody who looks at the page of a hub in a real browser, on the machine that serves it.

import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { formatBatch } from '../../dist/wire/batch.js';
import { launchChromium } from '../lib/chromium.mjs';
import { inRoot } from '../lib/paths.mjs';
import { HubLoad, startHubProcess } from './hub-process.mjs';
import { percentile } from './statistics.mjs';

export const ASSETS = inRoot('dist/dashboard/assets');
const CHAIN_EVENTS = 50_000;
const CHAIN_BATCH = 5_000;
const SEND_EVERY_MS = 100;

/** Looks at the hub of a database. */
export async function visit(path, look) {
  const hub = await startHubProcess(path);
  const load = new HubLoad(hub);
  const browser = await launchChromium();
  try {
    return await look(new Visitor(browser, hub, load), load);
  } finally {
    await browser.close();
    load.close();
    await hub.stop();
  }
}

export const kbOf = (names) =>
  names.reduce((sum, name) => sum + statSync(`${ASSETS}/${name}`).size, 0) / 1024;

async function send(load, events) {
  const run = { run: randomUUID(), pid: process.pid, anchors: [{ steadyNs: 0n, wallNs: 0n }] };
  await load.ask('/ingest', Buffer.from(formatBatch({ run, events })));
}

let sequence = 0;
const eventAt = (ms, requestId, rationale) => ({
  lane: 0,
  sequence: sequence++,
  event: {
    eventId: randomUUID(),
    eventType: 'decision',
    component: 'Scheduler',
    timestampNs: BigInt(Math.round(ms * 1e3)) * 1_000n,
    durationNs: 0n,
    modelId: '',
    requestId,
    rationale,
    severity: sequence % 1_000 === 0 ? 'Error' : 'Info',
    attributes: { queue_depth: String(sequence % 97) },
  },
});

/** The request `many`. */
export async function sendChain(load) {
  const start = Date.now() - CHAIN_EVENTS;
  for (let first = 0; first < CHAIN_EVENTS; first += CHAIN_BATCH) {
    const events = Array.from({ length: CHAIN_BATCH }, (_, index) =>
      eventAt(start + first + index, 'many', `choice ${first + index}`),
    );
    await send(load, events);
  }
}

/** Who looks, and how long that takes. */
class Visitor {
  #browser;
  #hub;
  #load;

  constructor(browser, hub, load) {
    this.#browser = browser;
    this.#hub = hub;
    this.#load = load;
  }

  /** A tab of a profile without a cache, with a session. */
  async #tab(path) {
    const page = await (
      await this.#browser.newContext({ viewport: { width: 1280, height: 800 } })
    ).newPage();
    const link = JSON.parse((await this.#load.post('/ui/link')).text).path;
    await page.goto(this.#hub.url + link.replace('/ui/#', `${path}#`));
    await page.waitForSelector('nav');
    return page;
  }

  async loadedKb() {
    const page = await (await this.#browser.newContext()).newPage();
    const names = new Set();
    page.on('response', (response) => {
      const [, name] = /\/ui\/assets\/(.+\.(?:js|css))$/.exec(response.url()) ?? [];
      if (name !== undefined) names.add(`${name}.gz`);
    });
    const link = JSON.parse((await this.#load.post('/ui/link')).text).path;
    await page.goto(this.#hub.url + link);
    await page.waitForSelector('.plot canvas');
    return kbOf([...names]);
  }

  /** From the navigation to rows, of somebody who has a session but nothing in the cache, milliseconds. */
  async firstRows() {
    const known = await (await this.#tab('/ui/')).context().cookies();
    const times = [];
    for (let turn = 0; turn < 7; turn++) {
      const profile = await this.#browser.newContext({ viewport: { width: 1280, height: 800 } });
      await profile.addCookies(known);
      const page = await profile.newPage();
      await page.goto(`${this.#hub.url}/ui/events`, { waitUntil: 'commit' });
      const handle = await page.waitForFunction(
        () => document.querySelector('tbody tr[data-place]') !== null && performance.now(),
      );
      times.push(await handle.jsonValue());
      await profile.close();
    }
    return percentile(Float64Array.from(times), 0.5);
  }

  /** From a click or a key to other rows, milliseconds. */
  async turn(turns) {
    const page = await this.#tab('/ui/events');
    await page.waitForSelector('tbody tr[data-place]');
    const timed = (act) =>
      page.evaluate(async (source) => {
        const places = () =>
          [...document.querySelectorAll('tbody tr')].map((row) => row.dataset.place);
        const said = () => document.querySelector('.pager > span')?.textContent + places();
        const before = said();
        const started = performance.now();
        new Function(source)();
        while (said() === before) {
          await new Promise((resolve) => requestAnimationFrame(resolve));
          if (performance.now() - started > 10_000) throw new Error(`nothing changes: ${source}`);
        }
        return performance.now() - started;
      }, act);
    const pages = [];
    const searches = [];
    const select = (label, value) =>
      `const s = [...document.querySelectorAll('select')].find((x) => [...x.options].some((o) => o.value === '${value}'));
       s.value = '${value}'; s.dispatchEvent(new Event('change', { bubbles: true })); /* ${label} */`;
    const press = (text) =>
      `[...document.querySelectorAll('button')].find((b) => b.textContent.startsWith('${text}')).click();`;
    const type = (line) =>
      `const i = document.querySelector('[data-search]'); i.value = ${JSON.stringify(line)};
       i.dispatchEvent(new Event('input', { bubbles: true }));
       requestAnimationFrame(() => i.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true })));`;
    for (let turn = 0; turn < turns; turn++) {
      pages.push(await timed(press('Older')));
      pages.push(await timed(select('status', 'ERR')));
      pages.push(await timed(type(`process:scheduler.step_${turn % 20}`)));
      searches.push(await timed(type(`"deadline ${turn * 13_000}"`)));
      pages.push(await timed(type('')));
    }
    await page.context().close();
    return {
      page_p95_ms: percentile(Float64Array.from(pages), 0.95),
      search_p95_ms: percentile(Float64Array.from(searches), 0.95),
    };
  }

  /** A chain of 50 000 events: until it can be used, and how long a frame takes while it is scrolled. */
  async chain() {
    const page = await this.#tab('/ui/requests/many');
    const handle = await page.waitForFunction(
      () => document.querySelector('.waterfall canvas') !== null && performance.now(),
    );
    const chain_50k_ms = await handle.jsonValue();
    const whole = await page.waitForFunction(
      () =>
        /50\D?000 events/.test(document.querySelector('.request-facts')?.textContent) &&
        performance.now(),
    );
    const chain_whole_ms = await whole.jsonValue();
    const frames = await page.evaluate(async () => {
      const times = [];
      const original = window.requestAnimationFrame.bind(window);
      window.requestAnimationFrame = (paint) =>
        original((at) => {
          const started = performance.now();
          paint(at);
          times.push(performance.now() - started);
        });
      const rows = document.querySelector('.waterfall-rows');
      for (let frame = 0; frame < 120; frame++) {
        rows.scrollTop += 700;
        await new Promise((resolve) => original(() => setTimeout(resolve)));
      }
      return times;
    });
    await page.context().close();
    return {
      chain_50k_ms,
      chain_whole_ms,
      chain_frame_ms: percentile(Float64Array.from(frames), 0.95),
    };
  }

  /** From the request with an event to its row on the screen. */
  async tail(seconds, perSecond) {
    const page = await this.#tab('/ui/events?live=1');
    await page.waitForSelector('.mark-ok');
    await page.evaluate(() => {
      window.shown = [];
      const seen = new Set();
      new MutationObserver(() => {
        const row = document.querySelector('tbody tr[data-place]');
        const sentMs = Number(row?.querySelector('.col-detail')?.textContent);
        if (row === null || seen.has(row.dataset.place) || !(sentMs > 0)) return;
        seen.add(row.dataset.place);
        window.shown.push(Date.now() - sentMs);
      }).observe(document.body, { childList: true, subtree: true });
    });
    await this.#sendFor(seconds, perSecond);
    const shown = await page.evaluate(() => window.shown);
    await page.context().close();
    return { tail_p95_ms: percentile(Float64Array.from(shown), 0.95) };
  }

  /** The heap of a tab that has shown live events for so long, after a forced collection, megabytes. */
  async live(seconds, perSecond) {
    const page = await this.#tab('/ui/events?live=1');
    await page.waitForSelector('.mark-ok');
    await this.#sendFor(seconds, perSecond);
    const session = await page.context().newCDPSession(page);
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    await page.context().close();
    return usedSize / 2 ** 20;
  }

  async #sendFor(seconds, perSecond) {
    const count = (perSecond * SEND_EVERY_MS) / 1_000;
    const end = performance.now() + seconds * 1_000;
    while (performance.now() < end) {
      const started = performance.now();
      const now = Date.now();
      await send(
        this.#load,
        Array.from({ length: count }, () => eventAt(now, '', String(now))),
      );
      const rest = SEND_EVERY_MS - (performance.now() - started);
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, rest)));
    }
  }
}
