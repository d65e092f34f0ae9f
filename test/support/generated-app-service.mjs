// Serves the Fastify application in the folder AEGIS_TEST_APP. Says its port.
import { createRequire } from 'node:module';
import fastify from 'fastify';

const application = createRequire(import.meta.url)(`${process.env.AEGIS_TEST_APP}/app.js`);
const app = fastify();
await app.register(application);
await app.listen({ port: 0, host: '127.0.0.1' });
process.send(app.server.address().port);
