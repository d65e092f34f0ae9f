import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { TraceEvent } from '../../src/event/trace-event.js';
import { makeAttributes } from './random-event.js';

const SCRIPT = fileURLToPath(new URL('read_export.py', import.meta.url));

type FlatEvent = Record<string, string> & { attributes: [string, string][] };

export interface PythonExport {
  metadata: Record<string, number>;
  events: TraceEvent[];
}

/** What Python's `json.loads` makes of each of these exports; one process for all of them. */
export function readWithPython(...paths: string[]): PythonExport[] {
  const output = execFileSync('python3', [SCRIPT, ...paths], { maxBuffer: 1 << 30 });
  const documents = JSON.parse(output.toString('utf8')) as {
    metadata: Record<string, number>;
    events: FlatEvent[];
  }[];
  return documents.map(({ metadata, events }) => ({ metadata, events: events.map(toEvent) }));
}

function toEvent(flat: FlatEvent): TraceEvent {
  const text = (name: string): string => {
    const value = flat[name];
    if (typeof value !== 'string') throw new Error(`expected ${name} to be a string`);
    return value;
  };
  return {
    eventId: text('event_id'),
    eventType: text('event_type'),
    component: text('component'),
    timestampNs: BigInt(text('timestamp_ns')),
    durationNs: BigInt(text('duration_ns')),
    modelId: text('model_id'),
    requestId: text('request_id'),
    rationale: text('rationale'),
    severity: text('severity') as TraceEvent['severity'],
    attributes: makeAttributes(flat.attributes),
  };
}
