import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { RecordedEvent, RunInfo } from '../../src/event/recorded-event.js';
import type { Hub, HubOptions, HubScope } from '../../src/hub/index.js';
import { initStore } from '../../src/store/clickhouse/schema.js';
import { formatBatch } from '../../src/wire/batch.js';
import { ACCOUNT } from './account.js';
import { DIST_URL } from './child.js';
import { expectSchema } from './hub-schema.js';

// The threads of a hub are files of the built package.
const { startHub } = (await import(
  new URL('hub/index.js', DIST_URL).href
)) as typeof import('../../src/hub/index.js');

export const KEYS: Readonly<Record<HubScope, string>> = {
  ingest: 'ingest-key-of-the-tests',
  read: 'read-key-of-the-tests',
  admin: 'admin-key-of-the-tests',
};

/** What can be sent. */
export type Body = string | Uint8Array<ArrayBuffer>;

/** An answer, read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into by their tests
  readonly json: any;
}

/** A hub of a test, with what is needed to talk to it. */
export class TestHub {
  readonly hub: Hub;
  readonly notices: string[];

  constructor(hub: Hub, notices: string[]) {
    this.hub = hub;
    this.notices = notices;
  }

  async fetch(
    path: string,
    { key, ...init }: RequestInit & { key?: string | undefined } = {},
  ): Promise<Answer> {
    const headers = new Headers(init.headers);
    if (key !== undefined) headers.set('authorization', `Bearer ${key}`);
    const response = await fetch(new URL(path, this.hub.url), { ...init, headers });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    if (isJson) expectSchema(init.method ?? 'GET', path, response.status, JSON.parse(text));
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: isJson ? JSON.parse(text) : undefined,
    };
  }

  get(path: string): Promise<Answer> {
    return this.fetch(path, { key: KEYS.read });
  }

  /** Sends a body to `/ingest`. */
  post(body: Body, headers: Record<string, string> = {}): Promise<Answer> {
    return this.fetch('/ingest', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
      key: KEYS.ingest,
    });
  }

  /** Sends events of a run. */
  send(run: RunInfo, events: readonly RecordedEvent[]): Promise<Answer> {
    return this.post(formatBatch({ run, account: ACCOUNT, events }));
  }
}

/** A folder of the test's own, removed when it has ended. */
export function makeHubFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-hub-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * The same tests over a ClickHouse: `AEGIS_TEST_CLICKHOUSE=clickhouse://127.0.0.1:8123`. Each database of the tests is one
 * of it.
 */
async function clickHouseFor(database: string): Promise<HubOptions['store']> {
  const server = process.env.AEGIS_TEST_CLICKHOUSE;
  if (!server) return undefined;
  // Of another hub, as it says.
  if (database.startsWith('clickhouse:')) return { clickhouse: database };
  const name = createHash('sha256').update(database).digest('hex').slice(0, 16);
  const clickhouse = `${server}/t${name}`;
  await initStore(clickhouse);
  return { clickhouse };
}

/** A hub on a free port, closed when the test has ended. */
export async function startTestHub(options: HubOptions = {}): Promise<TestHub> {
  const notices: string[] = [];
  const database = options.database ?? join(makeHubFolder(), 'hub.db');
  const scopes = Object.entries(KEYS) as [HubScope, string][];
  const keys = scopes.map(([scope, key]) => ({ key, scopes: [scope] }));
  const store = options.store ?? (await clickHouseFor(database));
  const hub = await startHub({ port: 0, keys, ...options, database, store }, (notice) =>
    notices.push(notice),
  );
  onTestFinished(() => hub.close());
  return new TestHub(hub, notices);
}
