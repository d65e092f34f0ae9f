// A ring in a file survives the process, however it ends.
import { spawnSync } from 'node:child_process';
import { recoverRing, TraceCollector } from 'aegis-trace';

if (process.argv[2] === 'crash') {
  const collector = new TraceCollector({ capacity: 1_000, file: 'scheduler.ring' });
  for (let i = 1; i <= 500; i++) {
    collector.recordNow('scheduling_decision', 'Scheduler', `decision ${i}`);
  }
  process.kill(process.pid, 'SIGKILL');
}

const { signal } = spawnSync(process.execPath, [process.argv[1], 'crash']);
const { metadata, events } = await recoverRing('scheduler.ring');
console.log(
  `the process died of ${signal}, and says of its end: ${metadata.recovered.end ?? 'nothing'}`,
);
console.log(`${events.length} events recovered; the last: ${events.at(-1).rationale}`);
console.log('aegis-trace recover scheduler.ring --out trace.json');
