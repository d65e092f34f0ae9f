// The thread of a hub that answers questions: a slow search delays neither what comes in nor the main thread.

import { parentPort, workerData } from 'node:worker_threads';
import { TraceError } from '../errors.js';
import { messageOf } from '../thrown.js';
import { answerOf, chainOf, requestsOf } from './answers.js';
import type { Refusal } from './append-messages.js';
import { type HubStore, type HubStoreInput, openHubStore } from './hub-store.js';
import type { FromQueryWorker, ToQueryWorker } from './query-messages.js';
import { tailPage } from './tail-page.js';

const port = parentPort as NonNullable<typeof parentPort>;
const post = (message: FromQueryWorker, transfer: ArrayBuffer[] = []): void =>
  port.postMessage(message, transfer);

const encoder = new TextEncoder();

function refusal(id: number, error: unknown): Refusal {
  const code = error instanceof TraceError ? error.code : undefined;
  if (code === 'ERR_TRACE_QUERY') return { id, problem: 'invalid', detail: messageOf(error) };
  if (code === undefined)
    return { id, problem: 'internal', detail: 'the question could not be answered' };
  return { id, problem: 'unavailable', detail: messageOf(error), retryAfterS: 1 };
}

async function answer(store: HubStore, message: ToQueryWorker): Promise<void> {
  if (message.type === 'close') {
    await store.close();
    port.close();
    return;
  }
  try {
    if (message.type === 'tail') {
      post({ type: 'tailed', id: message.id, page: await tailPage(store, message) });
    } else if (message.type === 'chain') {
      const chain = await chainOf(store, message, (text) => {
        const part = encoder.encode(text);
        post({ type: 'chain-part', id: message.id, part }, [part.buffer]);
      });
      post({ type: 'chained', id: message.id, chain });
    } else if (message.type === 'requests') {
      const requests = await requestsOf(store, message.query);
      post({ type: 'requested', id: message.id, requests });
    } else if (message.type === 'end') {
      post({ type: 'ended', id: message.id, position: await store.end() });
    } else if (message.type === 'check') {
      await store.projects();
      post({ type: 'checked', id: message.id });
    } else if (message.type === 'runs') {
      post({ type: 'runs', id: message.id, runs: await store.runs() });
    } else {
      const body = encoder.encode(await answerOf(store, message.question));
      post({ type: 'answer', id: message.id, body }, [body.buffer]);
    }
  } catch (error) {
    post({ type: 'refused', ...refusal(message.id, error) });
  }
}

try {
  const store = await openHubStore(workerData as HubStoreInput);
  port.on('message', (message: ToQueryWorker) => void answer(store, message));
  post({ type: 'ready' });
} catch (error) {
  const code = error instanceof TraceError ? error.code : undefined;
  post({ type: 'failed', code, message: messageOf(error) });
  port.close();
}
