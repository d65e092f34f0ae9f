import { readFileSync } from 'node:fs';
import type { TraceEvent } from '../../src/event/trace-event.js';
import { readExport } from '../../src/export/read-export.js';
import { collect } from './collect.js';

/** Every event of an export, through the package's own reader. */
export function readEvents(path: string): Promise<TraceEvent[]> {
  return collect(readExport(path));
}

/** The metadata of an export, through JSON.parse. */
export function readMetadata(path: string): Record<string, number> {
  const document = JSON.parse(readFileSync(path, 'utf8')) as { metadata: Record<string, number> };
  return document.metadata;
}
