import { randomUUID } from 'node:crypto';
import type { AdoptedRequest } from '../../gate/heat-map.js';
import { RateLimit } from '../../gate/rate-limit.js';
import { RedisLink, type Reply } from '../../gate/redis-link.js';
import { messageOf } from '../../thrown.js';
import { Problem } from '../problem.js';
import { type ShareKeys, shareKeys } from './share-keys.js';

/** How long a hub looks at the rules without saying again that it does. */
const LEASE_MS = 10_000;
const NOTICE_EVERY_MS = 60_000;
/** What was made COLD is remembered so long. */
const COLD_MS = 60_000;

const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

/**
 * KEYS heat; ARGV id, state, cause, since, for how long, whether only when it is not there. Who is HOT already stays HOT
 * since then, also when two hubs find at the same moment that it is.
 */
const SET_HEAT = `${NOW}
local text = redis.call('HGET', KEYS[1], ARGV[1])
if text and ARGV[6] == '1' then return end
local known = text and cjson.decode(text)
local entry = { state = ARGV[2], cause = ARGV[3], since = tonumber(ARGV[4]), untilMs = now + ARGV[5] }
if known and known.state == 'HOT' and entry.state == 'HOT' and known.untilMs > now then
  entry.since = known.since
end
redis.call('HSET', KEYS[1], ARGV[1], cjson.encode(entry))`;

/** KEYS heat; ARGV how long what was HOT is remembered. Returns now and what is there, and forgets the rest. */
const READ_HEAT = `${NOW}
local found = redis.call('HGETALL', KEYS[1])
local items = {}
for index = 1, #found, 2 do
  local untilMs = cjson.decode(found[index + 1]).untilMs
  if untilMs + ARGV[1] < now then redis.call('HDEL', KEYS[1], found[index])
  else items[#items + 1] = found[index]; items[#items + 1] = found[index + 1] end
end
return { tostring(now), items }`;

/** KEYS holder, fence; ARGV who asks, for how long, whether it is taken from another one. Returns the fencing number. */
const TAKE_LEASE = `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] and ARGV[3] ~= '1' then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
if holder == ARGV[1] then return tonumber(redis.call('GET', KEYS[2])) end
return redis.call('INCR', KEYS[2])`;

/** KEYS version; ARGV milliseconds since 1970. Returns a version that nobody else is given. */
const NEXT_VERSION = `
local last = tonumber(redis.call('GET', KEYS[1]) or '0')
local next = math.max(last + 1, tonumber(ARGV[1]))
redis.call('SET', KEYS[1], string.format('%.0f', next))
return string.format('%.0f', next)`;

/** Told of what happens by itself. */
export interface ShareEvents {
  /** Redis is there, perhaps again. */
  readonly onUp: () => void;
  /** What is HOT may have changed. */
  readonly onHeat: () => void;
  readonly notify: (message: string) => void;
}

/** What a hub shares by Redis with others that have the same store. Without it each goes on alone. */
export class HubShare {
  readonly #link: RedisLink;
  readonly #keys: ShareKeys;
  readonly #name = randomUUID();
  #isUp = false;

  /**
   * @param store - UUID of the store.
   * @throws TraceError `ERR_TRACE_PEER`; `ERR_TRACE_OPTION`.
   */
  constructor(url: string, store: string, { onUp, onHeat, notify }: ShareEvents) {
    const notices = new RateLimit(1, NOTICE_EVERY_MS);
    this.#keys = shareKeys(store);
    this.#link = new RedisLink(url, this.#keys.heat, {
      onUp: () => {
        this.#isUp = true;
        onUp();
      },
      onDown: (error) => {
        this.#isUp = false;
        if (notices.take(performance.now()) > 0) return;
        notify(`Redis: ${messageOf(error)}; this hub goes on alone`);
      },
      onChange: onHeat,
    });
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Never rejects: whoever hears of Redis again is told everything. @param isNew - only when nobody knows it. */
  async setHeat(
    { id, state, cause, since, remainingMs }: AdoptedRequest,
    isNew: boolean,
  ): Promise<void> {
    const forMs = state === 'COLD' ? COLD_MS : Math.ceil(remainingMs);
    const values = [id, state, cause, String(since), String(forMs), isNew ? '1' : '0'];
    await this.#eval(SET_HEAT, [this.#keys.heat], values).catch(() => undefined);
  }

  /** @param keptMs - of what is not HOT any more. @throws Error (rejects) without Redis. */
  async heats(keptMs: number): Promise<AdoptedRequest[]> {
    const reply = await this.#eval(READ_HEAT, [this.#keys.heat], [String(keptMs)]);
    const [now, items] = reply as [string, string[]];
    const heats: AdoptedRequest[] = [];
    for (let index = 0; index < items.length; index += 2) {
      const { untilMs, ...heat } = JSON.parse(items[index + 1] as string);
      heats.push({ id: items[index] as string, ...heat, remainingMs: untilMs - Number(now) });
    }
    return heats;
  }

  /**
   * The right to look at the rules, for some seconds.
   *
   * @param isForced - takes it from another hub.
   * @returns a number that grows with each new holder; 0 when another hub has it; undefined without Redis: then nobody
   * knows whether there is one.
   */
  async takeAlerts(isForced: boolean): Promise<number | undefined> {
    const { alertHolder, alertFence } = this.#keys;
    const values = [this.#name, String(LEASE_MS), isForced ? '1' : '0'];
    try {
      return (await this.#eval(TAKE_LEASE, [alertHolder, alertFence], values)) as number;
    } catch {
      return undefined;
    }
  }

  /**
   * A version for a change of a project, such as no other hub gives.
   *
   * @throws Problem (rejects) `unavailable` without Redis: two hubs could change one project to two things.
   */
  async nextProjectVersion(): Promise<number> {
    try {
      const reply = await this.#eval(
        NEXT_VERSION,
        [this.#keys.projectVersion],
        [String(Date.now())],
      );
      return Number(reply);
    } catch (error) {
      const detail = `projects are changed by several hubs, which Redis keeps apart: ${messageOf(error)}`;
      throw new Problem('unavailable', detail, { retryAfterS: 1 });
    }
  }

  close(): void {
    this.#link.close();
  }

  #eval(script: string, keys: readonly string[], values: readonly string[]): Promise<Reply> {
    return this.#link.send('EVAL', script, String(keys.length), ...keys, ...values);
  }
}
