// Every way in which a process ends times every state in which it is then: what becomes of what it has
// recorded. docs/process-end.md shows this table, and test/integration/process-end.test.ts holds both to it.

/** What becomes of it, in the words of the document. */
export const OUTCOMES = {
  stored: 'stored',
  spilled: 'errors spilled, all counted',
  either: 'stored; what is not: errors spilled, counted',
  dropped: 'errors spilled, not counted',
  ring: 'what was committed; the rest in the ring file',
  closed: 'counted by `unstored`',
} as const;
export type Outcome = keyof typeof OUTCOMES;

export const STATES = {
  recording: 'recording goes on',
  flushing: 'a flush is under way',
  lane: 'errors wait in their lane',
  down: 'the sink is down',
  blocks: 'the sink blocks its thread',
  closed: 'the pipeline is closed',
} as const;
export type State = keyof typeof STATES;

export interface End {
  what: string;
  /** The exit code or the signal by which the process ends, and how it is for a thread. */
  by: number | NodeJS.Signals;
  thread?: number;
  /** In the order of STATES. */
  outcomes: readonly Outcome[];
  /** What the ring file says of it. */
  ring: string;
}

const usual: readonly Outcome[] = ['stored', 'stored', 'stored', 'spilled', 'spilled', 'closed'];
const killed: readonly Outcome[] = ['ring', 'ring', 'ring', 'ring', 'ring', 'closed'];

export const ENDS: Readonly<Record<string, End>> = {
  return: {
    what: 'nothing is left to do',
    by: 0,
    outcomes: usual,
    ring: 'exit 0',
  },
  exitCode: {
    what: '`process.exitCode = 7`, nothing is left to do',
    by: 7,
    outcomes: usual,
    ring: 'exit 7',
  },
  exit: { what: '`process.exit(7)`', by: 7, outcomes: usual, ring: 'exit 7' },
  uncaught: { what: 'an error that nobody catches', by: 1, outcomes: usual, ring: 'exit 1' },
  unhandled: {
    what: 'a rejection that nobody handles',
    by: 1,
    outcomes: usual,
    ring: 'exit 1',
  },
  signal: { what: 'SIGTERM', by: 'SIGTERM', outcomes: usual, ring: 'signal 15' },
  signalGraceful: {
    what: 'SIGTERM, for which a listener of the program ends it with 0',
    by: 0,
    outcomes: usual,
    ring: 'exit 0',
  },
  signalTwice: {
    what: 'SIGTERM, and again before the end',
    by: 'SIGTERM',
    outcomes: ['either', 'either', 'either', 'spilled', 'spilled', 'closed'],
    ring: 'signal 15',
  },
  signalFirst: {
    what: 'SIGTERM as the first process of a container',
    by: 143,
    outcomes: usual,
    ring: 'signal 15',
  },
  abort: { what: '`process.abort()`', by: 'SIGABRT', outcomes: killed, ring: 'nothing' },
  kill: { what: 'SIGKILL', by: 'SIGKILL', outcomes: killed, ring: 'nothing' },
  threadExit: {
    what: '`process.exit(7)` in the worker thread that has the pipeline',
    by: 0,
    thread: 7,
    outcomes: usual,
    ring: 'closed',
  },
  threadUncaught: {
    what: 'an error that nobody catches in that thread',
    by: 0,
    thread: 1,
    outcomes: usual,
    ring: 'closed',
  },
  threadTerminated: {
    what: '`worker.terminate()` of that thread',
    by: 0,
    thread: 1,
    outcomes: ['dropped', 'dropped', 'dropped', 'dropped', 'dropped', 'closed'],
    ring: 'closed',
  },
};

export interface Cell {
  end: string;
  state: State;
  outcome: Outcome;
}

export function cells(): Cell[] {
  return Object.entries(ENDS).flatMap(([end, { outcomes }]) =>
    (Object.keys(STATES) as State[]).map((state, index) => ({
      end,
      state,
      outcome: outcomes[index] as Outcome,
    })),
  );
}

/** The table as Markdown. */
export function asMarkdown(): string {
  const row = (texts: readonly string[]) => `| ${texts.join(' | ')} |`;
  const titles = ['how it ends', 'ends by', ...Object.values(STATES), 'the ring file says'];
  const rows = Object.values(ENDS).map(({ what, by, outcomes, ring }) =>
    row([what, String(by), ...outcomes.map((outcome) => OUTCOMES[outcome]), ring]),
  );
  return [row(titles), row(titles.map(() => '---')), ...rows].join('\n');
}
