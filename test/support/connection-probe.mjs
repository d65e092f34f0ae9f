// An HTTP server that reports which operation the events of its connections, upgrades and CONNECT run in. Says its port;
// what happened is at /events.
import http from 'node:http';
import { getOperationId } from '../../dist/context/index.js';

const events = [];
const note = (name) => events.push([name, getOperationId() ?? null]);

const server = http.createServer((request, response) => {
  if (request.url === '/events') return response.end(JSON.stringify(events.splice(0)));
  note('request');
  return response.end('ok');
});
server.keepAliveTimeout = 200;
server.on('connection', (socket) => {
  note('connection');
  for (const event of ['close', 'end', 'error', 'timeout']) {
    socket.on(event, () => note(`socket ${event}`));
  }
});
server.on('clientError', (_error, socket) => {
  note('clientError');
  socket.destroy();
});
server.on('timeout', (socket) => {
  note('server timeout');
  socket.destroy();
});
const takeOver = (name) => (_request, socket, head) => {
  note(name);
  socket.write('HTTP/1.1 200 OK\r\n\r\n');
  const answer = (data) => {
    note(`${name} data`);
    setTimeout(() => {
      note(`${name} timer`);
      socket.end(`got ${data}`);
    }, 1);
  };
  if (head.length > 0) answer(head);
  else socket.once('data', answer);
};
server.on('upgrade', takeOver('upgrade'));
server.on('connect', takeOver('connect'));
server.on('checkContinue', (request, response) => {
  note('checkContinue');
  response.writeContinue();
  request.resume();
  request.on('end', () => {
    note('checkContinue end');
    response.end('ok');
  });
});

server.listen(0, '127.0.0.1', () => process.send(server.address().port));
