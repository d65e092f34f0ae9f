// How late the event loop of a process is whose Redis answers nothing, over one whose Redis is well.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createToggle } from 'aegis-trace/gate';
import { startBlackHole, startRedis } from '../redis-process.mjs';

export async function measure({ seconds }) {
  const well_ms = await delayWith(await startRedis(), seconds);
  const blackholed_ms = await delayWith(await startBlackHole(), seconds);
  return { well_ms, blackholed_ms, blackhole_ms: blackholed_ms - well_ms };
}

/** P99 of the delay, milliseconds, while a toggle is asked a thousand times a second. */
async function delayWith(redis, seconds) {
  const toggle = await createToggle({ projectId: 'bench', redisUrl: redis.url });
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const timer = setInterval(() => toggle.isTracingEnabled(), 1);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  clearInterval(timer);
  delay.disable();
  await toggle.close();
  redis.stop();
  return delay.percentile(99) / 1e6;
}
