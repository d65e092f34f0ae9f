import { portOwner } from '../../hub/port-owner.js';
import { messageOf } from '../../thrown.js';
import { HUB_URL_DEFAULT, isOwnMachine } from '../../wire/hub-address.js';
import { HubClient, type HubClientOptions } from '../hub-client.js';
import { type Finding, fail, find, type Said, warn } from './finding.js';

type Env = Readonly<Record<string, string | undefined>>;

const TIMEOUT_MS = 3_000;
/** The Date of an answer has whole seconds. */
const OFFSET_MAX_MS = 2_000;

/** The hub that commands and sinks would take. */
export async function checkHub(options: HubClientOptions, env: Env): Promise<Finding[]> {
  const given = options.hub ?? (env.AEGIS_HUB_URL || undefined);
  const url = URL.canParse(given ?? HUB_URL_DEFAULT)
    ? new URL(given ?? HUB_URL_DEFAULT)
    : undefined;
  if (url === undefined) {
    const said = fail('the URL of the hub is none', 'give one such as https://hub.example');
    return [await find('hub', () => said)];
  }
  const answer = await ask(new URL('health', folderOf(url)));
  const reached = await find('hub', () => checkReached(url, answer, given !== undefined));
  if (!('headers' in answer) || reached.state !== 'ok') return [reached];
  return [
    reached,
    await find('clock', () => checkClock(answer)),
    await find('key', () => checkKey(options, env)),
  ];
}

/** What is below a path is below it also without a slash at its end. */
const folderOf = (url: URL): URL => (url.pathname.endsWith('/') ? url : new URL(`${url.href}/`));

interface HubAnswer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  readonly sentMs: number;
  readonly tookMs: number;
}

async function ask(url: URL): Promise<HubAnswer | { readonly error: string }> {
  const sentMs = Date.now();
  const started = performance.now();
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(url, { redirect: 'manual', signal });
    const text = (await response.text()).slice(0, 1_000);
    const { status, headers } = response;
    return { status, text, headers, sentMs, tookMs: performance.now() - started };
  } catch (error) {
    return { error: messageOf((error as Error).cause ?? error) };
  }
}

function checkReached(
  url: URL,
  answer: HubAnswer | { readonly error: string },
  isGiven: boolean,
): Said {
  const { origin } = url;
  const owner = isOwnMachine(url) ? portOwner(Number(url.port || 80)) : undefined;
  if ('error' in answer) {
    if (!isGiven && owner === undefined) return `none runs at ${origin}`;
    const start = 'start it: npx aegis-trace hub; or set AEGIS_HUB_URL to where it is';
    const wait = `${owner ?? 'what is there'} does not answer as a hub`;
    return fail(
      `the hub at ${origin} does not answer: ${answer.error}`,
      owner === undefined ? start : `${wait}: end it, or start a hub on another --port`,
    );
  }
  if (answer.status === 421) {
    return fail(
      `the hub at ${origin} does not know that name`,
      `start it with --allow-hosts ${url.hostname}, or ask it by its address`,
    );
  }
  if (answer.status !== 200 || answer.text !== '{"status":"ok"}') {
    return fail(
      `${owner ?? 'something'} at ${origin} is no hub: it answers ${answer.status}`,
      'set AEGIS_HUB_URL, or --hub, to where the hub is',
    );
  }
  return `${origin} answers in ${answer.tookMs.toFixed(0)} ms`;
}

function checkClock({ headers, sentMs, tookMs }: HubAnswer): Said {
  const theirs = Date.parse(headers.get('date') ?? '');
  if (Number.isNaN(theirs)) return 'the hub does not say what time it has';
  // Somewhere in the second that it names.
  const offset = theirs + 500 - (sentMs + tookMs / 2);
  const text = `the clock of the hub is off by ${(offset / 1000).toFixed(1)} s`;
  if (Math.abs(offset) <= OFFSET_MAX_MS) return 'the clocks here and at the hub agree';
  return warn(text, 'set the clocks by NTP: events are placed by the one of their machine');
}

async function checkKey(options: HubClientOptions, env: Env): Promise<Said> {
  try {
    await new HubClient(options, env).get('stats/sources');
    return 'the hub knows it, and it has the scope read';
  } catch (error) {
    const message = messageOf(error);
    const isUnknown = / answers 401: /.test(message);
    return fail(
      message,
      isUnknown
        ? 'take a key of the hub.keys of that hub'
        : 'set AEGIS_HUB_KEY, or give --key-file, to a key of the hub with the scope read',
    );
  }
}
