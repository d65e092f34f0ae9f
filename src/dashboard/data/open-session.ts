import type { SessionAnswer } from './answers.js';
import { ask, HubProblem } from './api.js';
import { session } from './session.js';

/**
 * Finds out who looks. The token of a link is spent and taken out of the URL at once.
 *
 * @returns what is wrong with the link; undefined when nothing is.
 */
export async function findSession(): Promise<string | undefined> {
  const [, token] = /^#token=([\w-]+)$/.exec(location.hash) ?? [];
  if (token === undefined && session.value != null) return undefined;
  if (token === undefined) {
    await ask<SessionAnswer>('/ui/session').then(
      (answer) => {
        session.value = answer;
      },
      (error) => fail(error),
    );
    return undefined;
  }
  history.replaceState(null, '', location.pathname + location.search);
  try {
    session.value = await ask<SessionAnswer>('/ui/session', { method: 'POST', body: { token } });
    return undefined;
  } catch (error) {
    // Whoever follows the link again may have a session from the first time.
    await ask<SessionAnswer>('/ui/session').then(
      (answer) => {
        session.value = answer;
      },
      () => {
        session.value = null;
      },
    );
    return session.value === null ? (error as Error).message : undefined;
  }
}

/** @throws HubProblem (rejects). */
export async function openWithKey(key: string): Promise<void> {
  session.value = await ask<SessionAnswer>('/ui/session', { method: 'POST', body: { key } });
}

export async function closeSession(): Promise<void> {
  await ask('/ui/session', { method: 'DELETE' }).catch(() => undefined);
  session.value = null;
}

function fail(error: unknown): void {
  if (!(error instanceof HubProblem)) throw error;
  session.value = null;
}
