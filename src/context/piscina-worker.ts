/**
 * What {@link operationPool} runs in piscina's threads: it loads the user's task as piscina does, and
 * calls it in the operation of whoever submitted it.
 *
 * @module
 */
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type CarriedOperation, receivedOperation } from './carried-operation.js';
import { state } from './operation-store.js';
import { runInOperation } from './run-operation.js';

/** A task as it reaches the thread. */
export interface PoolTask {
  aegisOperation: CarriedOperation | undefined;
  filename: string;
  name: string;
  task: unknown;
}

type Handler = (task: unknown) => unknown;

const require = createRequire(import.meta.url);
const handlers = new Map<string, Handler>();

/** Runs one task of the pool. */
export default async function runTask({
  aegisOperation,
  filename,
  name,
  task,
}: PoolTask): Promise<unknown> {
  const handler = await loadHandler(filename, name);
  const operation = receivedOperation(aegisOperation);
  if (operation === undefined) return state.storage.exit(() => handler(task));
  return runInOperation(operation, () => handler(task));
}

async function loadHandler(filename: string, name: string): Promise<Handler> {
  const key = `${name}/${filename}`;
  const known = handlers.get(key);
  if (known !== undefined) return known;
  const path = filename.startsWith('file:') ? new URL(filename) : pathToFileURL(filename);
  const handler = requiredHandler(path, name) ?? handlerIn(await import(path.href), name);
  if (handler === undefined) throw new Error(`No handler function exported from ${filename}`);
  handlers.set(key, handler);
  return handler;
}

/** The export `name` of what `load` gives; undefined when it cannot be loaded or is no function. */
function requiredHandler(path: URL, name: string): Handler | undefined {
  try {
    const module: unknown = require(fileURLToPath(path));
    // A CommonJS module is its own default export unless a compiler made it from an ES module.
    const isInterop = (module as { __esModule?: unknown } | null)?.__esModule === true;
    if (name === 'default' && !isInterop && typeof module === 'function') return module as Handler;
    return handlerIn(module, name);
  } catch {
    // An ES module that require() cannot load; import() says what is wrong with any other.
    return undefined;
  }
}

function handlerIn(module: unknown, name: string): Handler | undefined {
  const handler = (module as Record<string, unknown> | null)?.[name];
  return typeof handler === 'function' ? (handler as Handler) : undefined;
}
