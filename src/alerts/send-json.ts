import { createHmac } from 'node:crypto';
import { messageOf } from '../thrown.js';
import { RefusedNotice } from './outbox.js';

const TIMEOUT_MS = 5_000;

/** How a message is named and signed: https://www.standardwebhooks.com. */
export interface Signature {
  /** The same each time that a message is tried. */
  readonly id: string;
  readonly secret: string | undefined;
}

/**
 * Posts JSON, once. Follows no redirect: whoever is told was named by the operator. What the receiver answers is not read.
 *
 * @throws RefusedNotice (rejects) for a status that another try would not change; Error for everything else.
 */
export async function sendJson(url: string, body: unknown, signature?: Signature): Promise<void> {
  const text = JSON.stringify(body);
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'aegis-trace',
        ...(signature && signedHeaders(signature, text)),
      },
      body: text,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    const { name } = error as Error;
    const why = name === 'TimeoutError' ? `no answer in ${TIMEOUT_MS / 1_000} s` : reasonOf(error);
    throw new Error(`${originOf(url)}: ${why}`, { cause: error });
  }
  // It may go on without an end.
  await response.body?.cancel().catch(() => undefined);
  const { status } = response;
  if (response.ok) return;
  const message = `${originOf(url)} answered ${status}`;
  const isForNow = status >= 500 || status === 408 || status === 429;
  throw isForNow ? new Error(message) : new RefusedNotice(message);
}

function signedHeaders({ id, secret }: Signature, text: string): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const head = { 'webhook-id': id, 'webhook-timestamp': timestamp };
  if (secret === undefined) return head;
  const mac = createHmac('sha256', secret).update(`${id}.${timestamp}.${text}`).digest('base64');
  return { ...head, 'webhook-signature': `v1,${mac}` };
}

/** Fetch says what went wrong in the cause of its error. */
const reasonOf = (error: unknown): string => messageOf((error as Error).cause ?? error);

/** A path or a query may be a secret. */
const originOf = (url: string): string => new URL(url).origin;
