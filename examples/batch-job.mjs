// A batch job: each item is an operation of its own, under the id that its data carry.
import { TraceCollector } from 'aegis-trace';
import { getOperationId, operation } from 'aegis-trace/context';
import { monitor, openOperations } from 'aegis-trace/monitor';

const collector = new TraceCollector();
const watched = monitor({ collector, processGroup: 'Invoices' });

const total = watched(async function total(lines) {
  await new Promise((resolve) => setTimeout(resolve, 5));
  if (lines.length === 0) throw new Error('an invoice without lines');
  return lines.reduce((sum, { cents }) => sum + cents, 0);
});

const invoice = operation(
  'invoice',
  async ({ number, lines }) => {
    collector.recordNow('taken up', 'Batch', `invoice ${number}, operation ${getOperationId()}`);
    return total(lines);
  },
  { idFrom: ({ traceId }) => traceId },
);

const jobs = [
  { number: 1, traceId: 'import-1', lines: [{ cents: 250 }, { cents: 199 }] },
  { number: 2, traceId: 'import-2', lines: [] },
];
const results = Promise.allSettled(jobs.map(invoice));
console.log(
  'under way:',
  openOperations().map(({ process }) => process),
);
console.log((await results).map(({ value, reason }) => value ?? reason.message));
for (const { severity, rationale, attributes } of collector.reconstructDecisionChain('import-2')) {
  console.log(severity, rationale, attributes.stack?.split('\n')[1]?.trim() ?? '');
}
