import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { messageOf } from '../../thrown.js';
import type { EventStore, RunBatch } from '../event-store.js';
import type { StoreNotice } from '../options.js';
import { removeDatabase, walBytesOf } from './database-files.js';
import { syncFile } from './sync-file.js';

/** What a day of an archive is written to. */
export type ArchiveStore = Pick<EventStore, 'appendAll' | 'close'>;

const DAY_FILE = /^\d{4}-\d\d-\d\d\.db$/;
const DAY_CHARACTERS = 10;
const NOTICE_EVERY_MS = 60_000;

/**
 * What is purged of a store, in a folder: a database a day, by UTC, and of a day that is over its gzip. An event is
 * there, durable, before it is removed from where it was.
 */
export class Archive {
  readonly #directory: string;
  readonly #openStore: (path: string) => Promise<ArchiveStore>;
  readonly #onNotice: (notice: StoreNotice) => void;
  #day = '';
  #store: ArchiveStore | undefined;
  #compaction: Promise<void> | undefined;
  readonly #closing = new AbortController();
  #noticedMs = Number.NEGATIVE_INFINITY;

  constructor(
    directory: string,
    openStore: (path: string) => Promise<ArchiveStore>,
    onNotice: (notice: StoreNotice) => void,
  ) {
    this.#directory = directory;
    this.#openStore = openStore;
    this.#onNotice = onNotice;
  }

  /**
   * Keeps events for good. A second time changes nothing.
   *
   * @returns false when they are not kept: what they were taken from must not lose them. A notice says why.
   */
  async keep(batches: readonly RunBatch[]): Promise<boolean> {
    try {
      const store = await this.#storeOf(new Date().toISOString().slice(0, DAY_CHARACTERS));
      const results = await store.appendAll(batches, { durable: true });
      const [refused] = results.flatMap(({ rejected }) => rejected);
      // It would be refused for ever.
      if (refused !== undefined) this.#notice(`an event is not archived: ${refused.reason}`);
      return true;
    } catch (error) {
      this.#notice(`nothing is purged, because it cannot be archived: ${messageOf(error)}`);
      return false;
    }
  }

  async close(): Promise<void> {
    await this.#store?.close();
    this.#store = undefined;
    // The next start goes on with it.
    this.#closing.abort();
    await this.#compaction;
  }

  async #storeOf(day: string): Promise<ArchiveStore> {
    if (this.#store !== undefined && this.#day === day) return this.#store;
    await this.#store?.close();
    this.#store = undefined;
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    this.#store = await this.#openStore(join(this.#directory, `${day}.db`));
    this.#day = day;
    this.#compaction ??= this.#compactOthers().finally(() => {
      this.#compaction = undefined;
    });
    return this.#store;
  }

  /** Also days that a process has left that ended too early. */
  async #compactOthers(): Promise<void> {
    try {
      for (const name of readdirSync(this.#directory)) {
        if (DAY_FILE.test(name) && name !== `${this.#day}.db`) {
          await this.#compact(join(this.#directory, name));
        }
      }
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      this.#notice(`a day of the archive is not compressed: ${messageOf(error)}`);
    }
  }

  async #compact(path: string): Promise<void> {
    // What is still in its log belongs to it.
    await (await this.#openStore(path)).close();
    if (walBytesOf(path) > 0) throw new Error(`${path} is in use`);
    const unfinished = `${path}.gz.tmp`;
    rmSync(unfinished, { force: true });
    await pipeline(
      createReadStream(path),
      createGzip(),
      createWriteStream(unfinished, { flags: 'wx', mode: 0o600 }),
      { signal: this.#closing.signal },
    );
    syncFile(unfinished);
    renameSync(unfinished, freeName(path));
    syncFile(this.#directory);
    removeDatabase(path);
  }

  #notice(message: string): void {
    const nowMs = performance.now();
    if (nowMs < this.#noticedMs + NOTICE_EVERY_MS) return;
    this.#noticedMs = nowMs;
    this.#onNotice({ code: 'AEGIS_STORE_ARCHIVE', message: `${this.#directory}: ${message}` });
  }
}

/** A clock that was set back gives a day a second database. */
function freeName(path: string): string {
  for (let part = 1; ; part++) {
    const name = part === 1 ? `${path}.gz` : path.replace(/\.db$/, `.${part}.db.gz`);
    if (!existsSync(name)) return name;
  }
}
