import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { RuleQuery } from './alert-rule.js';
import type { Observation } from './alert-state.js';
import type { Question, Reply } from './query-messages.js';
import type { RuleRunner } from './rule-runner.js';

const SCRIPT = fileURLToPath(new URL('./query-process.js', import.meta.url));
/** Of one query; SQLite in Node cannot be interrupted, so its process is killed. */
const TIMEOUT_MS = 2_000;
/** Until the process has begun. */
const START_MS = 10_000;

interface Waiting {
  readonly question: Question;
  readonly resolve: (reply: Reply) => void;
}

/** Asks the queries of rules of a SQLite database, one at a time, in a process of their own. */
export class QueryRunner implements RuleRunner {
  readonly #database: string;
  readonly #timeoutMs: number;
  readonly #waiting: Waiting[] = [];
  #child: ChildProcess | undefined;
  #isFresh = true;
  #current: Waiting | undefined;
  #timer: NodeJS.Timeout | undefined;
  #nextId = 1;
  #stderr = '';

  constructor(database: string, timeoutMs = TIMEOUT_MS) {
    this.#database = database;
    this.#timeoutMs = timeoutMs;
  }

  async observe(query: RuleQuery, atMs?: number): Promise<Observation> {
    const reply = await this.#ask({ id: this.#nextId++, what: query, atMs });
    return 'observation' in reply ? reply.observation : noAnswer('another question was answered');
  }

  async requests(sql: string, atMs?: number): Promise<readonly string[] | string> {
    const reply = await this.#ask({ id: this.#nextId++, what: { requests: sql }, atMs });
    if ('requests' in reply) return reply.requests;
    return reply.observation.kind === 'error' ? reply.observation.message : 'no answer';
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  #ask(question: Question): Promise<Reply> {
    return new Promise((resolve) => {
      this.#waiting.push({ question, resolve });
      this.#next();
    });
  }

  #next(): void {
    if (this.#current !== undefined) return;
    this.#current = this.#waiting.shift();
    if (this.#current === undefined) return;
    this.#child ??= this.#start();
    // The first answer has to wait for the process itself.
    const limitMs = this.#isFresh ? START_MS : this.#timeoutMs;
    this.#timer = setTimeout(() => this.#stop(limitMs), limitMs);
    this.#child.send(this.#current.question);
  }

  #start(): ChildProcess {
    this.#isFresh = true;
    this.#stderr = '';
    const child = fork(SCRIPT, [this.#database], {
      // None of the program's own flags, such as --import.
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    child.stderr?.on('data', (text: Buffer) => {
      this.#stderr = (this.#stderr + text.toString()).slice(-1_000);
    });
    child.on('message', (reply: Reply) => {
      this.#isFresh = false;
      if (child === this.#child && reply.id === this.#current?.question.id) this.#settle(reply);
    });
    child.on('error', (error) => this.#ended(child, error.message));
    child.on('exit', (code, signal) => {
      const lines = this.#stderr.trim().split('\n');
      const why = lines.find((line) => /error/i.test(line)) ?? lines.at(-1);
      this.#ended(child, `the process that runs it ended with ${signal ?? code}: ${why}`);
    });
    // Whoever waits for nothing else is not kept by it.
    child.unref();
    child.channel?.unref();
    return child;
  }

  #stop(limitMs: number): void {
    const child = this.#child;
    this.#child = undefined;
    child?.kill('SIGKILL');
    this.#fail(`it took longer than ${limitMs / 1_000} s, and was stopped`);
  }

  #ended(child: ChildProcess, why: string): void {
    if (child !== this.#child) return;
    this.#child = undefined;
    this.#fail(why);
  }

  #fail(message: string): void {
    if (this.#current === undefined) return;
    this.#settle({ id: this.#current.question.id, observation: noAnswer(message) });
  }

  #settle(reply: Reply): void {
    clearTimeout(this.#timer);
    const waiting = this.#current;
    this.#current = undefined;
    waiting?.resolve(reply);
    this.#next();
  }
}

const noAnswer = (message: string): Observation => ({ kind: 'error', message });
