// A Redis on a free port of this machine, and one that accepts and never answers.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { freePort } from '../lib/free-port.mjs';
import { ScriptError } from '../lib/run.mjs';

/** Starts redis-server, which keeps everything in memory. */
export async function startRedis() {
  const port = await freePort();
  const flags = ['--port', String(port), '--bind', '127.0.0.1', '--save', ''];
  const child = spawn('redis-server', flags, { stdio: 'ignore' });
  const failed = once(child, 'error').then(() => {
    throw new ScriptError('redis-server is not installed: apt-get install redis-server');
  });
  await Promise.race([listens(port), failed]);
  return { url: `redis://127.0.0.1:${port}`, stop: () => child.kill('SIGKILL') };
}

/** A server that takes connections, and everything that is sent, and says nothing. */
export async function startBlackHole() {
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket.resume());
    socket.on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { url: `redis://127.0.0.1:${server.address().port}`, stop };
}

async function listens(port) {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const isThere = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (isThere) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
