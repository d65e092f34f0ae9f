// The main job: replays production LLM arrivals through a multi-model earliest-deadline-first scheduler with admission
// control, records every decision and call, and proves from the export that no chain has a gap.

import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { readExport, TraceCollector, validateExport } from 'aegis-trace';
import { colorsFor } from '../../dist/cli/io.js';
import { run as runCli } from '../../dist/cli/run.js';
import { runAsMain } from '../lib/main.mjs';
import { ScriptError } from '../lib/run.mjs';
import { accountProblems, ChainCheck } from './chain-check.mjs';
import { costModel, eventsExpectedMax } from './cost-model.mjs';
import { checkLog } from './log-check.mjs';
import { CAPACITY_MAX, HELP, readOptions, SPEED_DEFAULT } from './options.mjs';
import { replay } from './replay.mjs';
import { plan, result, whatNext } from './report.mjs';
import { storyLines, storyOf } from './request-story.mjs';
import { pickSample } from './sample-chain.mjs';
import { mergeWorkload } from './workload.mjs';
import { readWorkloadFile } from './workload-csv.mjs';
import { generateWorkload } from './workload-generated.mjs';

const io = { stdout: process.stdout, stderr: process.stderr, env: process.env };
const colors = colorsFor(io);
const say = (...lines) => process.stdout.write(`${lines.join('\n')}\n`);
const heading = (text) => say('', colors.bold(text), '');

async function loadWorkload({ files, seed }) {
  if (files.length === 0) {
    const source = `generated from seed ${seed}`;
    return { workload: mergeWorkload(generateWorkload(seed), source), sources: [source] };
  }
  const models = await Promise.all(files.map(readWorkloadFile));
  return { workload: mergeWorkload(models), sources: files };
}

function speedOf({ speed, seconds }, { arrivalNs, count }) {
  const spanS = arrivalNs[count - 1] / 1e9;
  return seconds === undefined || spanS === 0 ? (speed ?? SPEED_DEFAULT) : spanS / seconds;
}

/** An empty log in a folder that exists. */
function beginLog({ out, logFile }) {
  mkdirSync(dirname(out), { recursive: true });
  try {
    writeFileSync(logFile, '');
  } catch (cause) {
    throw new ScriptError(`cannot write the log: ${cause.message}`, { exitCode: 2, cause });
  }
}

const nearName = (file) => {
  const near = relative(process.cwd(), file);
  return near.startsWith('..') ? file : near;
};

async function exportTrace(collector, out) {
  const startMs = performance.now();
  await collector.exportJson(out).catch((cause) => {
    throw new ScriptError(`cannot export the trace: ${cause.message}`, { cause });
  });
  const tookNs = 1e6 * (performance.now() - startMs);
  return { file: out, shown: nearName(out), bytes: statSync(out).size, tookNs };
}

/** Validates the export. @returns its metadata */
async function validated({ file, shown }) {
  const { valid, problems, metadata } = await validateExport(file);
  if (valid && metadata !== undefined) return metadata;
  const [{ path, message }] = problems;
  throw new ScriptError(`the export ${shown} is not valid: ${path} ${message}`);
}

async function printWithCli(...argv) {
  const exitCode = await runCli(argv, io);
  if (exitCode !== 0)
    throw new ScriptError(`aegis-trace ${argv[0]} failed with exit code ${exitCode}`);
}

/** Reads the export once: checks every chain, and that the sample's is the one the ring gives. */
async function checkChains({ file }, metadata, collector, { sample, sampleRate }) {
  const check = new ChainCheck(metadata, sampleRate);
  const inFile = [];
  for await (const event of readExport(file)) {
    check.add(event);
    if (event.requestId === sample?.requestId) inFile.push(event);
  }
  const verdict = check.verdict();
  const problems = [...verdict.problems];
  if (verdict.problemCount > problems.length) {
    problems.push(`and ${verdict.problemCount - problems.length} more chains`);
  }
  // The file is in order of recording; a call is recorded at its end and stands in the chain at its start.
  inFile.sort((a, b) => Number(a.timestampNs - b.timestampNs));
  if (sample && !isDeepStrictEqual(inFile, collector.reconstructDecisionChain(sample.requestId))) {
    problems.push(`request ${sample.requestId} has another chain in the ring than in the export`);
  }
  return { verdict, problems, chain: inFile };
}

async function main(options) {
  const { workload, sources } = await loadWorkload(options);
  const cost = costModel(speedOf(options, workload));
  const { workers, logFile, sampleRate } = options;
  const capacity = options.capacity ?? Math.min(eventsExpectedMax(cost, workload), CAPACITY_MAX);
  // An event of this run takes about 250 bytes, half of what the default bound allows for each.
  const collector = new TraceCollector({ capacity });
  const chosen = options.capacity === undefined ? 'enough for all of this run' : 'as asked';
  const ring = `${capacity.toLocaleString('en-US')} events, ${chosen}`;
  heading('Earliest deadline first with admission control');
  say(...plan({ workload, sources, cost, workers, ring, sampleRate }));

  beginLog(options);
  const job = { handle: collector.share(), workload, cost, workers, logFile, sampleRate };
  const ran = await replay(job, process.stderr);
  const exported = await exportTrace(collector, options.out);
  const metadata = await validated(exported);

  heading('Summary of the trace');
  await printWithCli('summary', exported.shown, '--top', '3');
  const sample = pickSample(collector);
  const asked = { sample, sampleRate };
  const { verdict, problems, chain } = await checkChains(exported, metadata, collector, asked);
  collector.close();
  const log = await checkLog(logFile, workload, sample?.requestId);
  problems.push(...accountProblems(verdict, ran, metadata), ...log.problems);
  if (sample !== undefined) {
    heading(`The story of ${sample.kind}: its decisions, calls and log lines`);
    say(`  request ${sample.requestId}`, '');
    say(...storyLines(storyOf(chain, log.sample, metadata.clock), colors));
  }

  heading('Result');
  const logged = { shown: nearName(logFile), lines: log.lines };
  say(...result({ ...ran, cost, metadata, verdict, exported, logged }));
  if (problems.length > 0) {
    throw new ScriptError(`the trace has gaps:\n${problems.map((text) => `  ${text}`).join('\n')}`);
  }
  heading('What next');
  say(...whatNext(exported.shown, logged.shown, sample?.requestId));
}

await runAsMain(import.meta, async (argv) => {
  const options = readOptions(argv);
  if (options.help) process.stdout.write(HELP);
  else await main(options);
});
