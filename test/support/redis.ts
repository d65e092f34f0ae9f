import { once } from 'node:events';
import {
  type AddressInfo,
  createConnection,
  createServer,
  type Server,
  type Socket,
} from 'node:net';
import { onTestFinished, type TestContext } from 'vitest';
import { DebianServer, freePort, requireProgram } from './debian-server.js';
import { makeHubFolder } from './hub.js';

/** A Redis from Debian on a port of its own, which can be killed and started again. */
export class TestRedis {
  readonly port: number;
  readonly #folder: string;
  readonly #args: readonly string[];
  #server: DebianServer | undefined;

  private constructor(port: number, args: readonly string[]) {
    this.port = port;
    this.#args = args;
    this.#folder = makeHubFolder();
  }

  /** Not started yet. */
  static async prepare(context: TestContext, ...args: string[]): Promise<TestRedis> {
    requireProgram(context, 'redis-server', 'redis-server');
    return new TestRedis(await freePort(), args);
  }

  static async start(context: TestContext, ...args: string[]): Promise<TestRedis> {
    const redis = await TestRedis.prepare(context, ...args);
    await redis.start();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const place = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.#folder];
    this.#server = new DebianServer('redis-server', [...place, '--save', '', ...this.#args]);
    await this.#server.listens(this.port);
  }

  kill(): Promise<void> | undefined {
    return this.#server?.kill();
  }

  signal(signal: NodeJS.Signals): void {
    this.#server?.child.kill(signal);
  }

  /** What Redis answers, as the bytes of RESP2. */
  async send(...command: string[]): Promise<string> {
    const socket = createConnection(this.port, '127.0.0.1');
    const parts = command.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`);
    socket.write(`*${command.length}\r\n${parts.join('')}`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    return answer.toString();
  }

  /** A text that Redis has; undefined for none. */
  async get(key: string): Promise<string | undefined> {
    return /^\$\d+\r\n(.*)\r\n$/s.exec(await this.send('GET', key))?.[1];
  }
}

/** What becomes of bytes on their way. */
export type WireFault = 'none' | 'black_hole' | 'late' | 'garbage' | 'half_answers' | 'cut';

const LATE_MS = 5_000;

/** A proxy in front of a server of this machine, whose faults hold for the connections that there are as well. */
export class WireProxy {
  #fault: WireFault = 'none';
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(target: () => number) {
    this.#server = createServer((client) => this.#serve(client, target()));
    onTestFinished(() => {
      this.#server.close();
      for (const socket of this.#sockets) socket.destroy();
    });
  }

  static async open(target: () => number): Promise<WireProxy> {
    const proxy = new WireProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  set fault(fault: WireFault) {
    this.#fault = fault;
    if (fault === 'cut') for (const socket of this.#sockets) socket.destroy();
  }

  #serve(client: Socket, port: number): void {
    if (this.#fault === 'cut') {
      client.destroy();
      return;
    }
    const server = createConnection(port, '127.0.0.1');
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from.on('error', () => {});
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      from.on('data', (data) => this.#pass(data, to, from === server));
    }
  }

  #pass(data: Buffer, to: Socket, isAnswer: boolean): void {
    const fault = this.#fault;
    if (fault === 'black_hole') return;
    if (fault === 'late') setTimeout(() => to.write(data), LATE_MS).unref();
    else if (fault === 'garbage' && isAnswer) to.write('?!\0 not of any protocol\r\n'.repeat(3));
    else if (fault === 'half_answers' && isAnswer) to.write(data.subarray(0, data.length / 2));
    else to.write(data);
  }
}
