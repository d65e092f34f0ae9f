// Exports a full ring to the path it is given and prints how that ended, as JSON.
import { TraceCollector } from '../../dist/index.js';

const collector = new TraceCollector({ capacity: 5_000 });
for (let i = 0; i < 5_000; i++) collector.recordNow('t', 'c', `event ${i} ${'.'.repeat(100)}`);
const end = await collector.exportJson(process.argv[2]).then(
  () => ({ code: 'none' }),
  ({ name, code, message }) => ({ name, code, message }),
);
process.stdout.write(JSON.stringify({ ...end, size: collector.size }));
