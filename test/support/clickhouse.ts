import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type AtEnd, DebianServer, freePort } from './debian-server.js';

const USERS = `<yandex>
  <profiles><default><max_memory_usage>2000000000</max_memory_usage></default>
    <reading><readonly>2</readonly></reading></profiles>
  <users>
    <default>
      <password></password>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
    </default>
    <reader>
      <password>reads</password>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>reading</profile>
      <quota>default</quota>
    </reader>
  </users>
  <quotas><default></default></quotas>
</yandex>`;

/** Where a server listens. */
export interface ServerPorts {
  readonly port: number;
  readonly tcpPort: number;
}

/** Debian's ClickHouse on ports of its own, which can be killed and started again on its data. */
export class TestClickHouse {
  readonly port: number;
  /** Of its own protocol. */
  readonly tcpPort: number;
  readonly #folder: string;
  readonly #atEnd: AtEnd;
  #server: DebianServer | undefined;

  private constructor(ports: ServerPorts, folder: string, atEnd: AtEnd, more: string) {
    const { port, tcpPort } = ports;
    this.port = port;
    this.tcpPort = tcpPort;
    this.#folder = folder;
    this.#atEnd = atEnd;
    mkdirSync(join(folder, 'data'));
    writeFileSync(join(folder, 'users.xml'), USERS);
    writeFileSync(
      join(folder, 'config.xml'),
      `<yandex>
        <logger><level>fatal</level><console>1</console></logger>
        <listen_host>127.0.0.1</listen_host>
        <http_port>${port}</http_port>
        <tcp_port>${tcpPort}</tcp_port>
        <path>${folder}/data/</path>
        <tmp_path>${folder}/data/tmp/</tmp_path>
        <user_files_path>${folder}/data/user_files/</user_files_path>
        <mark_cache_size>67108864</mark_cache_size>
        <users_config>users.xml</users_config>
        <default_profile>default</default_profile>
        <default_database>default</default_database>
        ${more}
      </yandex>`,
    );
  }

  /**
   * @param atEnd - is told how it is ended. Default: when the test has ended.
   * @param within - where its folder is made.
   * @param ports - default: free ones.
   * @param more - of its configuration.
   */
  static async start(
    atEnd: AtEnd = onTestFinished,
    within = tmpdir(),
    ports?: ServerPorts,
    more = '',
  ): Promise<TestClickHouse> {
    const folder = mkdtempSync(join(within, 'aegis-clickhouse-'));
    atEnd(() => rmSync(folder, { recursive: true, force: true }));
    const own = ports ?? { port: await freePort(), tcpPort: await freePort() };
    const clickhouse = new TestClickHouse(own, folder, atEnd, more);
    await clickhouse.start();
    return clickhouse;
  }

  urlOf(database: string): string {
    return `clickhouse://127.0.0.1:${this.port}/${database}`;
  }

  /** What it answers to SQL. */
  async ask(sql: string, database: string): Promise<string> {
    const url = `http://127.0.0.1:${this.port}/?database=${database}`;
    return (await fetch(url, { method: 'POST', body: sql })).text();
  }

  async start(): Promise<void> {
    const config = `--config-file=${join(this.#folder, 'config.xml')}`;
    this.#server = new DebianServer('clickhouse-server', [config], {
      cwd: this.#folder,
      atEnd: this.#atEnd,
    });
    await this.#server.listens(this.port);
  }

  async kill(signal?: NodeJS.Signals): Promise<void> {
    await this.#server?.kill(signal);
  }

  /** Such as SIGSTOP: it goes on to be there. */
  signal(signal: NodeJS.Signals): void {
    this.#server?.child.kill(signal);
  }
}
