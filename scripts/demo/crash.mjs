// `npm start -- --crash`: lets a run kill itself, looks at what is left of it, and proves that nothing else was there.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { readExport } from 'aegis-trace';
import { storyOf } from 'aegis-trace/analysis';
import { ScriptError } from '../lib/run.mjs';
import { crashProblems } from './proof/crash-check.mjs';
import { checkLog } from './proof/log-check.mjs';
import { readRemains } from './proof/remains.mjs';
import { inFlightLines, left, nextAfterCrash } from './report/crash-report.mjs';
import { plan, plural } from './report/report.mjs';
import { storyLines } from './report/request-story.mjs';
import { pickInFlight } from './report/sample-chain.mjs';
import { colors, heading, say } from './report/terminal.mjs';
import { crashAfterMs, prepareRun } from './scheduler/recording.mjs';

const DOOMED = fileURLToPath(new URL('./doomed.mjs', import.meta.url));

/** Runs the child to its end. */
async function runDoomed(argv) {
  const child = spawn(process.execPath, [DOOMED, ...argv], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (text) => {
    said += text;
  });
  const [exitCode, signal] = await once(child, 'close');
  // Its line of progress is still there.
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[2K');
  return { exitCode, signal, pid: child.pid, afterMs: Number.parseFloat(said) };
}

/** Its decisions, calls and log lines, and where the ring ends. */
async function storyInFlight({ requestId }, { out }, { metadata, endNs }, logLines) {
  const chain = [];
  for await (const event of readExport(out)) if (event.requestId === requestId) chain.push(event);
  chain.sort((a, b) => Number(a.timestampNs - b.timestampNs));
  const text = 'SIGKILL: no thread has recorded anything after this';
  const end = { kind: 'killed', atNs: endNs, component: '', depth: 0, severity: 'Error', text };
  return [...storyOf(chain, logLines, metadata), end];
}

/**
 * @param {import('./options.mjs').DemoOptions} options
 * @param {readonly string[]} argv the arguments that they come from, for the process that is to die
 * @returns {Promise<number>} the exit code
 */
export async function crash(options, argv) {
  const { files, sampleRate, workers } = options;
  const run = await prepareRun(options);
  const crashMs = crashAfterMs(options, run);
  heading('Earliest deadline first with admission control, until it crashes');
  say(...plan({ ...options, ...run, crashMs }));

  const death = await runDoomed(argv);
  if (death.signal !== 'SIGKILL' || Number.isNaN(death.afterMs)) {
    // What went wrong it has said itself.
    if (death.exitCode) return death.exitCode;
    throw new ScriptError(`it was to kill itself, but ended with ${death.signal ?? 'exit code 0'}`);
  }
  const remains = await readRemains(files, sampleRate);
  const problems = crashProblems(remains, workers + 1);
  const { verdict, endNs } = remains.trace;
  const sample = pickInFlight(verdict.inFlight);
  const log = await checkLog(files.log, run.workload, sample?.requestId);

  heading(`In flight when it died: ${plural(verdict.inFlight.length, 'request')}`);
  say(...inFlightLines(verdict.inFlight, endNs));
  if (sample !== undefined) {
    heading('The story of one of them, to its last event');
    say(`  request ${sample.requestId}`, '');
    say(...storyLines(await storyInFlight(sample, files, remains.trace, log.sample), colors));
  }
  if (problems.length > 0) {
    const lines = problems.map((text) => `  ${text}`).join('\n');
    throw new ScriptError(`the crash has taken what it must not take:\n${lines}`);
  }
  heading('What is left');
  say(...left({ ...remains, death, run, files, log }));
  heading('What next');
  say(...nextAfterCrash(files, sample?.requestId));
  return 0;
}
