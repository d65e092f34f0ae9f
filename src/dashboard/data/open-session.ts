import type { SessionAnswer } from './answers.js';
import { ask } from './api.js';
import { linkProblem, session } from './session.js';

const TOKEN = /^#token=([\w-]+)$/;

/** Whether one has come by a link, whose token is to be spent before anything is asked. */
export const isLink = (): boolean => TOKEN.test(location.hash);

/** Finds out who looks. The token of a link is spent, and taken out of the URL at once. */
export async function findSession(): Promise<void> {
  const [, token] = TOKEN.exec(location.hash) ?? [];
  if (token === undefined) return askSession();
  history.replaceState(null, '', location.pathname + location.search);
  try {
    session.value = await ask<SessionAnswer>('/ui/session', { method: 'POST', body: { token } });
  } catch (error) {
    linkProblem.value = (error as Error).message;
    // Whoever follows the link again may have a session from the first time.
    await askSession();
  }
}

async function askSession(): Promise<void> {
  session.value = await ask<SessionAnswer>('/ui/session').catch(() => null);
}

/** @throws HubProblem (rejects). */
export async function openWithKey(key: string): Promise<void> {
  session.value = await ask<SessionAnswer>('/ui/session', { method: 'POST', body: { key } });
}

export async function closeSession(): Promise<void> {
  await ask('/ui/session', { method: 'DELETE' }).catch(() => undefined);
  session.value = null;
}
