import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatEventJson } from '../../src/event/json-event.js';
import type { TraceEvent } from '../../src/event/trace-event.js';

/** Metadata by its names in the file; numbers as text, so that any digits can be written. */
export type MetadataText = Record<string, string>;

/** A complete event; give what the test is about. */
export function makeEvent(fields: Partial<TraceEvent> = {}): TraceEvent {
  return {
    eventId: '01234567-89ab-4def-8123-456789abcdef',
    eventType: 'scheduling_decision',
    component: 'Scheduler',
    timestampNs: 1_000_000_000n,
    durationNs: 45_000n,
    modelId: 'model_a',
    requestId: '3f2a9c5b7d1e4f60',
    rationale: 'Selected model_a: earliest deadline',
    severity: 'Info',
    attributes: { utilisation: '0.85' },
    ...fields,
  };
}

/** The document that the native writer makes of these events, as it makes it. */
export function formatExport(events: readonly TraceEvent[], metadata: MetadataText = {}): string {
  const lines = events.map((event) => formatEventJson(event));
  return `${formatHead(events.length, metadata)}${lines.join(',\n')}\n]}\n`;
}

function formatHead(events: number, overrides: MetadataText): string {
  const members: MetadataText = {
    format: '"aegis-trace"',
    format_version: '1',
    pid: '123',
    capacity: '10000000',
    recorded: String(events),
    retained: String(events),
    dropped: '0',
    cleared: '0',
    drained: '0',
    rejected: '0',
    truncated: '0',
    clock: '{"steady_ns":1000000000,"wall_ns":1700000000000000001}',
    ...overrides,
  };
  const text = Object.entries(members).map(([name, value]) => `${JSON.stringify(name)}:${value}`);
  return `{"metadata": {${text.join(',')}}${' '.repeat(40)},\n"events": [\n`;
}

/** A folder of the test's own and how to fill it. */
export interface TestFolder {
  path: string;
  /** Writes a file and returns its path. */
  write: (name: string, content: string | Uint8Array) => string;
  remove: () => void;
}

export function makeTestFolder(): TestFolder {
  const path = mkdtempSync(join(tmpdir(), 'aegis-trace-test-'));
  return {
    path,
    write: (name, content) => {
      const file = join(path, name);
      // Not over an old one: ext4 waits for the disk when a file is emptied and written again.
      rmSync(file, { force: true });
      writeFileSync(file, content);
      return file;
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** Streams a file of many plausible events, seven to a request; the same for the same count. */
export async function writeLargeExport(path: string, count: number): Promise<void> {
  const stream = createWriteStream(path);
  stream.write(formatHead(count, {}));
  for (let index = 0; index < count; index++) {
    const event = makeEvent({
      eventId: `00000000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`,
      eventType: ['admission_result', 'scheduling_decision', 'completion'][index % 3] as string,
      timestampNs: BigInt(index) * 1_000n,
      durationNs: BigInt((index * 7919) % 1_000_003),
      requestId: Math.floor(index / 7)
        .toString(16)
        .padStart(32, '0'),
      severity: index % 100 === 0 ? 'Warning' : 'Info',
      attributes: { wcrt_ns: '72000000', utilisation: '0.85', queue: String(index % 50) },
    });
    const line = `${formatEventJson(event)}${index + 1 < count ? ',' : ''}\n`;
    if (!stream.write(line)) await once(stream, 'drain');
  }
  stream.end(']}\n');
  await once(stream, 'close');
}
