// Loaded before a server: each request enters an AsyncLocalStorage, and nothing else. What no way of
// following a request on top of it can go below.

import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';

const storage = new AsyncLocalStorage();
subscribe('http.server.request.start', () => storage.enterWith({ id: 'fixed' }));
