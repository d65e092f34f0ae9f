// The main job: replays production LLM arrivals through a multi-model earliest-deadline-first scheduler with admission
// control, records every decision, and proves from the export that no decision chain has a gap.

import { mkdirSync, statSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { TraceCollector } from 'aegis-trace';
import { colorsFor } from '../../dist/cli/io.js';
import { run as runCli } from '../../dist/cli/run.js';
import { readExport } from '../../dist/export/read-export.js';
import { validateExport } from '../../dist/export/validate-export.js';
import { runAsMain } from '../lib/main.mjs';
import { ScriptError } from '../lib/run.mjs';
import { accountProblems, ChainCheck } from './chain-check.mjs';
import { costModel, eventsExpectedMax } from './cost-model.mjs';
import { CAPACITY_MAX, HELP, readOptions, SPEED_DEFAULT } from './options.mjs';
import { replay } from './replay.mjs';
import { plan, result, whatNext } from './report.mjs';
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

async function exportTrace(collector, out) {
  mkdirSync(dirname(out), { recursive: true });
  const startMs = performance.now();
  await collector.exportJson(out).catch((cause) => {
    throw new ScriptError(`cannot export the trace: ${cause.message}`, { cause });
  });
  const tookNs = 1e6 * (performance.now() - startMs);
  const near = relative(process.cwd(), out);
  return {
    file: out,
    shown: near.startsWith('..') ? out : near,
    bytes: statSync(out).size,
    tookNs,
  };
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
async function checkChains({ file }, metadata, collector, sample) {
  const check = new ChainCheck(metadata);
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
  if (sample && !isDeepStrictEqual(inFile, collector.reconstructDecisionChain(sample.requestId))) {
    problems.push(`request ${sample.requestId} has another chain in the ring than in the export`);
  }
  return { verdict, problems };
}

async function main(options) {
  const { workload, sources } = await loadWorkload(options);
  const cost = costModel(speedOf(options, workload));
  const { workers } = options;
  const capacity = options.capacity ?? Math.min(eventsExpectedMax(cost, workload), CAPACITY_MAX);
  // An event of this run takes about 250 bytes, half of what the default bound allows for each.
  const collector = new TraceCollector({ capacity });
  const chosen = options.capacity === undefined ? 'enough for all of this run' : 'as asked';
  const ring = `${capacity.toLocaleString('en-US')} events, ${chosen}`;
  heading('Earliest deadline first with admission control');
  say(...plan({ workload, sources, cost, workers, ring }));

  const job = { handle: collector.share(), workload, cost, workers };
  const ran = await replay(job, process.stderr);
  const exported = await exportTrace(collector, options.out);
  const metadata = await validated(exported);

  heading('Summary of the trace');
  await printWithCli('summary', exported.shown, '--top', '3');
  const sample = pickSample(collector);
  if (sample !== undefined) {
    heading(`Decision chain of ${sample.kind}`);
    await printWithCli('chain', exported.shown, sample.requestId);
  }

  const { verdict, problems } = await checkChains(exported, metadata, collector, sample);
  const recorded = ran.recorders.reduce((sum, { calls }) => sum + calls, 0);
  problems.push(...accountProblems(verdict, ran.counts, recorded, metadata));
  collector.close();
  heading('Result');
  say(...result({ ...ran, cost, metadata, verdict, exported }));
  if (problems.length > 0) {
    throw new ScriptError(`the trace has gaps:\n${problems.map((text) => `  ${text}`).join('\n')}`);
  }
  heading('What next');
  say(...whatNext(exported.shown, sample?.requestId));
}

await runAsMain(import.meta, async (argv) => {
  const options = readOptions(argv);
  if (options.help) process.stdout.write(HELP);
  else await main(options);
});
