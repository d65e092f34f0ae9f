/** What the end of the process needs of a pipeline. */
export interface ExitClient {
  readonly signals: readonly NodeJS.Signals[];
  readonly timeoutMs: number;
  /** Whether anything was recorded since the last flush. */
  hasNews(): boolean;
  flush(timeoutMs: number): Promise<unknown>;
  close(timeoutMs: number): Promise<unknown>;
  /** Write what there is now. */
  wake(): void;
  /** Begins the last flush, which needs nothing of this thread; waitForExit() blocks until it is done. */
  beginExit(budgetMs: number): void;
  waitForExit(timeoutMs: number): void;
}

/** A second signal ends the process: so long it waits for the errors to get into their file. */
const SECOND_SIGNAL_MS = 250;
/** Of the time for the last flush, so much is left to bring errors into their file: half of it, at most. */
const RESERVE_MS = 500;

const clients = new Set<ExitClient>();
const listeners = new Map<NodeJS.Signals, (signal: NodeJS.Signals) => void>();
let signalInProgress = false;

/** Blocks: at this point nothing else of this thread can run any more. */
function exitAll(timeoutMsMax: number): void {
  const startMs = performance.now();
  const all = [...clients];
  const limitMs = (client: ExitClient) => Math.min(client.timeoutMs, timeoutMsMax);
  for (const client of all) {
    const limit = limitMs(client);
    client.beginExit(limit - Math.min(RESERVE_MS, limit / 2));
  }
  for (const client of all) {
    client.waitForExit(Math.max(0, limitMs(client) - (performance.now() - startMs)));
  }
}

const onExit = () => exitAll(Number.POSITIVE_INFINITY);

function onBeforeExit(): void {
  for (const client of clients) {
    if (client.hasNews()) void client.flush(client.timeoutMs).catch(() => {}); // 'exit' comes next
  }
}

function onUncaught(): void {
  for (const client of clients) client.wake();
}

async function onSignal(signal: NodeJS.Signals): Promise<void> {
  const own = listeners.get(signal);
  const isOurs = process.listeners(signal).every((listener) => listener === own);
  const ended = [...clients].filter(({ signals }) => signals.includes(signal));
  if (!isOurs) {
    // Somebody else decides whether the process ends, and may go on recording until then.
    await Promise.allSettled(ended.map((client) => client.flush(client.timeoutMs)));
    return;
  }
  if (signalInProgress) exitAll(SECOND_SIGNAL_MS);
  else {
    signalInProgress = true;
    await Promise.allSettled([...clients].map((client) => client.close(client.timeoutMs)));
  }
  for (const [name, listener] of listeners) process.removeListener(name, listener);
  listeners.clear();
  process.kill(process.pid, signal);
}

function listenToSignals(): void {
  const wanted = new Set([...clients].flatMap(({ signals }) => signals));
  for (const signal of wanted) {
    if (listeners.has(signal)) continue;
    const listener = (name: NodeJS.Signals) => void onSignal(name);
    listeners.set(signal, listener);
    process.on(signal, listener);
  }
  for (const [signal, listener] of listeners) {
    if (wanted.has(signal) || signalInProgress) continue;
    process.removeListener(signal, listener);
    listeners.delete(signal);
  }
}

/** Flushes the pipeline when the process ends, without changing whether and how it does. */
export function addExitClient(client: ExitClient): void {
  if (clients.size === 0) {
    process.on('beforeExit', onBeforeExit);
    process.on('exit', onExit);
    process.on('uncaughtExceptionMonitor', onUncaught);
  }
  clients.add(client);
  listenToSignals();
}

export function removeExitClient(client: ExitClient): void {
  if (!clients.delete(client)) return;
  listenToSignals();
  if (clients.size > 0) return;
  process.removeListener('beforeExit', onBeforeExit);
  process.removeListener('exit', onExit);
  process.removeListener('uncaughtExceptionMonitor', onUncaught);
}
