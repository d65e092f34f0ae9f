import { expect, it } from 'vitest';
import { TraceCollector } from '../../src/collector/trace-collector.js';
import { runWithOperationId } from '../../src/context/run-operation.js';
import { currentRequestId } from '../../src/event/current-operation.js';
import { TraceEventBuilder } from '../../src/event/trace-event-builder.js';

it('O5: an event recorded in an operation has its id unless it names one', () => {
  const collector = new TraceCollector();
  const event = { eventType: 't', component: 'c' };
  collector.record(event);
  runWithOperationId('op-1', () => {
    collector.record(event);
    collector.recordNow('t', 'c');
    collector.record(new TraceEventBuilder().withType('t').withComponent('c').build());
    collector.record({ ...event, requestId: 'named' });
  });
  expect(collector.query().map(({ requestId }) => requestId)).toEqual([
    '',
    'op-1',
    'op-1',
    'op-1',
    'named',
  ]);
  expect(collector.reconstructDecisionChain('op-1')).toHaveLength(3);
  collector.close();
});

it('there is no id outside of an operation', () => {
  expect(currentRequestId()).toBe('');
});
