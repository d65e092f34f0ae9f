import { wallNsOf } from '../../event/clock.js';
import type { AppendOptions, AppendResult, EventSink } from '../../event/event-sink.js';
import type { RecordedEvent, RunInfo } from '../../event/recorded-event.js';
import { formatEventLine, LINE_PREFIX } from '../../wire/event-line.js';
import type { CheckedJsonLines } from '../options.js';
import { LineFile } from './line-file.js';

/** JSON lines in a file that is rotated, see {@link LineFile}. */
export class JsonLinesSink implements EventSink {
  readonly #file: LineFile;

  /** `onTrouble` is told when another program has deleted or cut the file. */
  constructor(options: CheckedJsonLines, onTrouble: (message: string) => void) {
    this.#file = new LineFile({ ...options, prefix: LINE_PREFIX, onTrouble });
  }

  /** @throws TraceError `ERR_TRACE_OPTION` when the path names a file of somebody else. */
  open(): void {
    this.#file.open();
  }

  async append(
    run: RunInfo,
    events: readonly RecordedEvent[],
    { durable = false }: AppendOptions = {},
  ): Promise<AppendResult> {
    const lines = events.map((event) => lineOf(run, event)).join('');
    this.#file.append(Buffer.from(lines), durable);
    return { inserted: events.length, duplicates: 0, rejected: [] };
  }

  async close(): Promise<void> {
    this.#file.close();
  }
}

function lineOf(run: RunInfo, placed: RecordedEvent): string {
  return `${formatEventLine(run, placed, wallNsOf(run, placed.event.timestampNs))}\n`;
}
