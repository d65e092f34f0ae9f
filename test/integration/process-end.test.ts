// Every way in which a process ends times every state: what it has recorded is stored, in the spill file,
// counted, or in the ring file, as docs/process-end.md has it. No time is measured; what hangs is killed.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { type Ending, type Left, runToItsEnd } from '../support/ending-process.js';
import {
  asMarkdown,
  type Cell,
  cells,
  ENDS,
  type End,
  OUTCOMES,
  STATES,
} from '../support/ending-table.js';
import { missingFrom, numbersBelow } from '../support/pipeline-process.js';

const NAMESPACE = ['unshare', '--pid', '--fork', '--mount-proc'];
const hasNamespaces =
  spawnSync(NAMESPACE[0] as string, [...NAMESPACE.slice(1), 'true']).status === 0;

function endingOf({ end, state }: Cell): Ending {
  const isSlow = state === 'down' || state === 'blocks';
  return {
    end,
    state,
    ...(isSlow && { how: state }),
    ...(end === 'signalFirst' && { prefix: NAMESPACE }),
    options: {
      // Short only where it passes in full.
      flushOnExit: { signals: true, timeoutMs: isSlow ? 600 : 5_000 },
      ...(state === 'lane' && { intervalMs: 60_000 }),
    },
  };
}

/** How the process is to end. */
function byOf({ end, state }: Cell): Pick<Left, 'code' | 'signal'> {
  const { by } = ENDS[end] as End;
  // Nobody listens any more, and the kernel gives such a process no signal: it ends later, by itself.
  if (end === 'signalFirst' && state === 'closed') return { code: 9, signal: null };
  return typeof by === 'number' ? { code: by, signal: null } : { code: null, signal: by };
}

/** A thread that is terminated may have recorded two more than it has come to print. */
function untold(end: Cell['end'], state: Cell['state'], { recorded, inRing }: Left): number {
  if (end !== 'threadTerminated' || state !== 'recording') return 0;
  return Math.min(2, Math.max(0, inRing - recorded));
}

function expectOutcome({ end, state, outcome }: Cell, left: Left): void {
  const { stored, spilled, counted } = left;
  const recorded = left.recorded + untold(end, state, left);
  const all = numbersBelow(recorded, 'all');
  const errors = numbersBelow(recorded, 'errors');
  expect(new Set(stored).size, 'nothing is stored twice').toBe(stored.length);
  expect(missingFrom(stored, all), 'nothing is stored that was not recorded').toEqual([]);
  expect(left.inRing, 'all of it is in the ring file').toBe(recorded);
  switch (outcome) {
    case 'stored':
      expect(missingFrom(all, stored)).toEqual([]);
      expect({ spilled, counted }).toEqual({ spilled: [], counted: 0 });
      break;
    case 'spilled':
      expect({ stored, counted }).toEqual({ stored: [], counted: recorded });
      expect(spilled.toSorted()).toEqual(errors.toSorted());
      break;
    case 'either':
      expect(missingFrom(errors, stored, spilled)).toEqual([]);
      expect(stored.length + counted).toBeGreaterThanOrEqual(recorded);
      break;
    case 'dropped':
      expect(missingFrom(errors, stored, spilled)).toEqual([]);
      expect(counted).toBe(0);
      break;
    case 'ring':
      expect({ spilled, counted }).toEqual({ spilled: [], counted: 0 });
      break;
    case 'closed':
      expect(left.stdout).toContain('closed true');
      expect(left.stdout).toContain('unstored 5');
      expect(missingFrom(numbersBelow(recorded - 5, 'all'), stored)).toEqual([]);
      expect({ spilled, counted, stored: stored.length }).toEqual({
        spilled: [],
        counted: 0,
        stored: recorded - 5,
      });
  }
  const { ring, thread } = ENDS[end] as End;
  if (thread !== undefined) expect(left.stdout).toContain(`thread ${thread}`);
  // Nobody listens to signals any more: the process dies of it, or as the first one has to be told to exit.
  const isUnheard = state === 'closed' && ring.startsWith('signal');
  const unheard = end === 'signalFirst' ? 'exit 9' : 'nothing';
  expect(left.ringEnd, 'what the ring file says').toBe(isUnheard ? unheard : ring);
}

it.concurrent.for(
  cells().map((cell) => {
    const { what } = ENDS[cell.end] as End;
    return [what, STATES[cell.state], OUTCOMES[cell.outcome], cell] as const;
  }),
)('P1, P2: %s, while %s: %s', { timeout: 60_000 }, async ([, , , cell], context) => {
  if (cell.end === 'signalFirst' && !hasNamespaces) {
    context.skip('no namespace for processes can be made here: that takes root');
  }
  const left = await runToItsEnd(endingOf(cell));
  const { code, signal, stderr } = left;
  context.expect({ code, signal }, stderr).toEqual(byOf(cell));
  expectOutcome(cell, left);
});

it('the document shows this table', () => {
  const path = fileURLToPath(new URL('../../docs/process-end.md', import.meta.url));
  expect(readFileSync(path, 'utf8')).toContain(asMarkdown());
});
