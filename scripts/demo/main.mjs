// The main job: replays production LLM arrivals through a multi-model earliest-deadline-first scheduler with admission
// control, records every decision and call into a ring in a file and from there into a database, and proves from both
// that no chain has a gap.

import { statSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { readExport, validateExport } from 'aegis-trace';
import { storyOf } from 'aegis-trace/analysis';
import { runAsMain } from '../lib/main.mjs';
import { ScriptError } from '../lib/run.mjs';
import { runCluster } from './cluster/cluster.mjs';
import { crash } from './crash.mjs';
import { beginFiles, nearName } from './files.mjs';
import { runWithHub, serveHub } from './hub.mjs';
import { HELP, readOptions } from './options.mjs';
import { accountProblems, ChainCheck } from './proof/chain-check.mjs';
import { checkLog } from './proof/log-check.mjs';
import { compareDatabase, EventDigests, storeProblems } from './proof/store-check.mjs';
import { plan, result, whatNext } from './report/report.mjs';
import { storyLines } from './report/request-story.mjs';
import { pickSample } from './report/sample-chain.mjs';
import { colors, heading, printWithCli, say, textFromCli } from './report/terminal.mjs';
import { openRecording, prepareRun, watchWriteLag } from './scheduler/recording.mjs';
import { replay } from './scheduler/replay.mjs';

/** For what is left to be written when the replay has ended. */
const CLOSE_TIMEOUT_MS = 60_000;

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

/** Reads the export once: checks every chain, and that the sample's is the one the ring gives. */
async function checkChains({ file }, metadata, collector, { sample, sampleRate }) {
  const check = new ChainCheck(metadata, sampleRate);
  const kept = new EventDigests();
  const inFile = [];
  for await (const event of readExport(file)) {
    check.add(event);
    kept.add(event);
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
  return { verdict, problems, chain: inFile, kept };
}

/** What the command says of a chain must not depend on where it is read from. */
async function sameChainProblems({ ring, database }, { dropped }, sample) {
  if (sample === undefined || dropped > 0) return [];
  const chainOf = (file) => textFromCli('chain', file, sample.requestId, '--json');
  if ((await chainOf(ring)) === (await chainOf(database))) return [];
  return [`request ${sample.requestId} has another chain in the database than in the ring`];
}

async function main(options) {
  const { files, workers, sampleRate } = options;
  const run = await prepareRun(options);
  heading('Earliest deadline first with admission control');
  say(...plan({ ...options, ...run }));

  await beginFiles(files);
  const { collector, pipeline } = await openRecording(files, run);
  const { workload, cost } = run;
  const job = {
    handle: collector.share(),
    workload,
    cost,
    workers,
    logFile: files.log,
    sampleRate,
  };
  const endLagWatch = watchWriteLag(pipeline);
  const ran = await replay(job, process.stderr);
  const isStored = await pipeline.close({ timeoutMs: CLOSE_TIMEOUT_MS });
  const writeLagsMs = endLagWatch();
  const exported = await exportTrace(collector, files.out);
  const metadata = await validated(exported);

  heading('Summary of the trace');
  await printWithCli('summary', exported.shown, '--top', '3');
  const sample = pickSample(collector);
  const asked = { sample, sampleRate };
  const { verdict, problems, chain, kept } = await checkChains(
    exported,
    metadata,
    collector,
    asked,
  );
  collector.close();
  const metrics = pipeline.metrics();
  const stored = await compareDatabase(files.database, kept);
  const storeGaps = [
    ...(isStored ? [] : ['the pipeline could not store everything']),
    ...storeProblems(stored, metrics, metadata),
    ...(await sameChainProblems(files, metadata, sample)),
  ];
  problems.push(...storeGaps);
  const log = await checkLog(files.log, workload, sample?.requestId);
  problems.push(...accountProblems(verdict, ran, metadata), ...log.problems);
  if (sample !== undefined) {
    heading(`The story of ${sample.kind}: its decisions, calls and log lines`);
    say(`  request ${sample.requestId}`, '');
    say(...storyLines(storyOf(chain, log.sample, metadata), colors));
  }

  heading('Result');
  const isSame = storeGaps.length === 0;
  const store = {
    shown: nearName(files.database),
    rows: stored.rows,
    isSame,
    metrics,
    writeLagsMs,
  };
  const logged = { shown: nearName(files.log), lines: log.lines };
  say(...result({ ...ran, cost, metadata, verdict, exported, store, logged }));
  if (problems.length > 0) {
    throw new ScriptError(`the trace has gaps:\n${problems.map((text) => `  ${text}`).join('\n')}`);
  }
  heading('What next');
  say(...whatNext(files, sample?.requestId));
}

await runAsMain(import.meta, async (argv) => {
  const options = readOptions(argv);
  if (options.help) process.stdout.write(HELP);
  else if (options.isCrash) return crash(options, argv);
  else if (options.isServing) await serveHub(options);
  else if (options.isHub) await runWithHub(options);
  else if (options.isCluster) await runCluster(options);
  else await main(options);
  return undefined;
});
