import type { EventSink } from '../event/event-sink.js';
import type { RecordedEvent, RunInfo } from '../event/recorded-event.js';

/** A spill file of a process that is dead: what the collector's OrphanSpill is. */
export interface SpillFile {
  readonly run: RunInfo;
  /** Frames that were torn or corrupt. */
  readonly skipped: number;
  peek(max: number): RecordedEvent[];
  acknowledge(): void;
  remove(): void;
  close(): void;
}

/** Gives one spill file after the other, and undefined when there is none left. */
export type NextSpill = () => SpillFile | undefined;

/** Takes in what dead processes left, one batch at a time; a file goes after the commit of its last. */
export class OrphanSpills {
  recovered = 0;
  skipped = 0;
  rejected = 0;
  readonly #next: NextSpill;
  readonly #onProblem: (error: Error) => void;
  #file: SpillFile | undefined;
  #done = false;

  /** `onProblem` is told of a file that cannot be read to its end, or not be removed: it is left where it is. */
  constructor(next: NextSpill, onProblem: (error: Error) => void) {
    this.#next = next;
    this.#onProblem = onProblem;
  }

  /** Stores one batch. Whether there is more. @throws what the sink throws; then it is tried again. */
  async takeIn(sink: EventSink, eventsMax: number): Promise<boolean> {
    if (this.#done) return false;
    this.#file ??= this.#next();
    const file = this.#file;
    if (file === undefined) {
      this.#done = true;
      return false;
    }
    const events = this.#ask(file, () => file.peek(eventsMax));
    if (events === undefined) return true;
    if (events.length > 0) {
      const { rejected } = await sink.append(file.run, events, { durable: true });
      file.acknowledge();
      this.recovered += events.length - rejected.length;
      this.rejected += rejected.length;
      return true;
    }
    this.skipped += file.skipped;
    this.#ask(file, () => file.remove());
    this.#file = undefined;
    return true;
  }

  /** A disk that fails under one file is no matter of the sink, nor of the other files. */
  #ask<T>(file: SpillFile, question: () => T): T | undefined {
    try {
      return question();
    } catch (error) {
      this.#onProblem(error as Error);
      this.#file = undefined;
      file.close();
      return undefined;
    }
  }

  /** Lets go of the file under way; what is left in it is taken in by the next pipeline. */
  close(): void {
    this.#done = true;
    this.#file?.close();
    this.#file = undefined;
  }
}
