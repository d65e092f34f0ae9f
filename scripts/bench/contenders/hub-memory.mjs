// The resident memory of a hub with a full database, a hundred streams of which ten are never read, and a steady
// rate of events.

import { Agent, get } from 'node:http';
import { HubLoad, startHubProcess } from '../hub-process.mjs';
import { sendSteadily } from '../steady-ingest.mjs';

const STREAMS = 100;
const STALLED = 10;

export async function measure({ path, perSecond, seconds }) {
  const hub = await startHubProcess(path);
  const load = new HubLoad(hub);
  const agent = new Agent({ maxSockets: STREAMS });
  try {
    const streams = await Promise.all(
      Array.from({ length: STREAMS }, (_, index) => openStream(hub, agent, index < STALLED)),
    );
    const samples = [];
    const timer = setInterval(() => samples.push(hub.rssMb()), 500);
    const { inserted } = await sendSteadily(load, { perSecond, seconds });
    clearInterval(timer);
    const read = streams.reduce((sum, { bytes }) => sum + bytes, 0);
    if (read === 0) throw new Error('no stream has got anything');
    const quarter = Math.floor(samples.length / 4);
    const mean = (part) => part.reduce((sum, mb) => sum + mb, 0) / part.length;
    return {
      rss_mb: Math.max(...samples),
      rss_growth_mb: mean(samples.slice(-quarter)) - mean(samples.slice(quarter, 2 * quarter)),
      inserted_per_s: inserted / seconds,
    };
  } finally {
    agent.destroy();
    load.close();
    await hub.stop();
  }
}

function openStream({ url, keys }, agent, isStalled) {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${keys.read}` };
    const request = get(`${url}/recent/stream`, { agent, headers }, (response) => {
      const stream = { bytes: 0 };
      response.on('error', () => {});
      if (isStalled) response.pause();
      else {
        response.on('data', (part) => {
          stream.bytes += part.length;
        });
      }
      resolve(stream);
    });
    request.on('error', reject);
  });
}
