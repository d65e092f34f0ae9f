// Requests at full load on connections that stay open, for as long as is asked, and again later: servers
// that are to be compared take turns of a twentieth of a second, so that a machine whose speed changes from
// one second to the next is as fast for one as for the other.

import { once } from 'node:events';
import { connect } from 'node:net';

/** Opens `connections` connections to a service whose every response to a GET of `path` is of one length. */
export async function openLoad({ port, path, connections }) {
  const request = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  const sockets = Array.from({ length: connections }, () =>
    connect({ port, host: '127.0.0.1', noDelay: true }),
  );
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  sockets[0].write(request);
  const [first] = await once(sockets[0], 'data');
  const status = first.toString('latin1', 0, 12);
  if (status !== 'HTTP/1.1 200') throw new Error(`a request under load was answered ${status}`);

  let answered = 0;
  let waiting = 0;
  let until = 0;
  let turn;
  for (const socket of sockets) {
    let received = 0;
    socket.on('error', (error) => turn?.reject(error));
    socket.on('data', (bytes) => {
      received += bytes.length;
      if (received < first.length) return;
      if (received > first.length) turn.reject(new Error('a response under load is another'));
      received = 0;
      answered++;
      if (performance.now() < until) socket.write(request);
      else if (--waiting === 0) turn.resolve();
    });
  }

  return {
    /** Returns how many requests were answered, and in how many milliseconds. */
    run: (milliseconds) =>
      new Promise((resolve, reject) => {
        answered = 0;
        waiting = connections;
        const started = performance.now();
        until = started + milliseconds;
        turn = {
          resolve: () => resolve({ answered, milliseconds: performance.now() - started }),
          reject,
        };
        for (const socket of sockets) socket.write(request);
      }),
    close() {
      for (const socket of sockets) socket.destroy();
    },
  };
}
