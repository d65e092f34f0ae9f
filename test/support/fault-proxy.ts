import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** What a proxy does to the next connections. */
export type Fault =
  | 'none'
  /** Accepts and says nothing. */
  | 'black_hole'
  /** Passes the request on, and cuts the connection instead of the answer. */
  | 'cut_answer'
  /** Passes half of what comes on, and cuts the connection. */
  | 'cut_request'
  /** Answers something that is no HTTP. */
  | 'garbage'
  /** Answers 500, 503 with Retry-After, 429. */
  | 'error'
  | 'overloaded'
  | 'rate_limited'
  /** Answers 200 with JSON that is none of a hub. */
  | 'foreign'
  /** Passes everything on, each part 50 ms late. */
  | 'slow';

const DELAY_MS = 50;
const ANSWERS: Partial<Record<Fault, string>> = {
  garbage: 'SSH-2.0-OpenSSH_9.2\r\n\r\n',
  error: 'HTTP/1.1 500 Oops\r\ncontent-length: 4\r\nconnection: close\r\n\r\noops',
  overloaded:
    'HTTP/1.1 503 Busy\r\nretry-after: 0\r\ncontent-length: 4\r\nconnection: close\r\n\r\nbusy',
  rate_limited: 'HTTP/1.1 429 Slow\r\ncontent-length: 4\r\nconnection: close\r\n\r\nslow',
  foreign: 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}',
};

/** A TCP proxy in front of a server of this machine, which fails as it is told to. */
export class FaultProxy {
  fault: Fault = 'none';
  /** Connections so far. */
  connections = 0;
  /** Called when a connection has its fault. */
  onConnection: () => void = () => {};
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(targetPort: () => number) {
    this.#server = createServer((socket) => this.#serve(socket, targetPort()));
  }

  static async open(targetPort: () => number): Promise<FaultProxy> {
    const proxy = new FaultProxy(targetPort);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Fails the connections that there are, and all that come. */
  set(fault: Fault): void {
    this.fault = fault;
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.set('none');
    this.#server.close();
  }

  #serve(client: Socket, port: number): void {
    this.connections++;
    this.#sockets.add(client);
    client.on('close', () => this.#sockets.delete(client));
    client.on('error', () => {});
    const { fault } = this;
    this.onConnection();
    const answer = ANSWERS[fault];
    if (fault === 'black_hole') return void client.resume();
    if (answer !== undefined) return void client.once('data', () => client.end(answer));
    const target = connect(port, '127.0.0.1');
    target.on('error', () => client.destroy());
    target.on('close', () => client.destroy());
    client.on('close', () => target.destroy());
    const late = (to: Socket) => (data: Buffer) => {
      if (fault === 'slow') setTimeout(() => to.write(data), DELAY_MS);
      else to.write(data);
    };
    client.on('data', (data) => {
      if (fault !== 'cut_request') return late(target)(data);
      target.write(data.subarray(0, data.length / 2));
      client.destroy();
      return undefined;
    });
    target.on('data', (data) => {
      if (fault === 'cut_answer') client.destroy();
      else late(client)(data);
    });
  }
}
