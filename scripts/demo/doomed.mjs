// A run that kills itself, hard and in the middle of its work: what `npm start -- --crash` starts as a process of its
// own. It takes the same arguments, and is the same run but for its end and for the journal it keeps.

import { writeFileSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { runAsMain } from '../lib/main.mjs';
import { beginFiles } from './files.mjs';
import { readOptions } from './options.mjs';
import { noteFlushes } from './proof/journal.mjs';
import { crashAfterMs, openRecording, prepareRun } from './scheduler/recording.mjs';
import { replay } from './scheduler/replay.mjs';

/** By its own hand: nothing is flushed, closed or unwound, in whatever line the other threads are. */
function die(startMs) {
  writeSync(1, `${performance.now() - startMs}\n`);
  process.kill(process.pid, 'SIGKILL');
}

await runAsMain(import.meta, async (argv) => {
  const options = readOptions(argv);
  const { files, workers, sampleRate } = options;
  const run = await prepareRun(options);
  await beginFiles(files);
  writeFileSync(files.returned, '');
  writeFileSync(files.flushed, '');
  const { collector, pipeline } = await openRecording(files, run);
  const { workload, cost } = run;
  const [logFile, journalFile] = [files.log, files.returned];
  const handle = collector.share();
  const job = { handle, workload, cost, workers, logFile, journalFile, sampleRate };
  await replay(job, process.stderr, () => {
    const startMs = performance.now();
    // Not before something has been acknowledged, of which there is then something to prove.
    const acknowledged = new Promise((resolve) => void noteFlushes(pipeline, files, resolve));
    void Promise.all([sleep(crashAfterMs(options, run)), acknowledged]).then(() => die(startMs));
  });
  // It was over before: the one who started this sees that it has not been killed.
  process.exit(0);
});
