import { randomUUID } from 'node:crypto';
import type { RecordedEvent, RunInfo } from '../../src/event/recorded-event.js';
import type { TraceEvent } from '../../src/event/trace-event.js';

const NANOS_PER_MILLI = 1_000_000n;

/** A run whose steady clock is the wall clock, so that events stand where their times are. */
export function makeNowRun(service = 'scheduler'): RunInfo {
  return { run: randomUUID(), pid: 4711, service, anchors: [{ steadyNs: 0n, wallNs: 0n }] };
}

/** Makes events, so many milliseconds before now. */
export class PageEvents {
  readonly #nowMs = Date.now();
  #sequence = 0;

  event(agoMs: number, more: Partial<TraceEvent> = {}): RecordedEvent {
    return {
      lane: 0,
      sequence: this.#sequence++,
      event: {
        eventId: randomUUID(),
        eventType: 'decision',
        component: 'Scheduler',
        timestampNs: BigInt(Math.round((this.#nowMs - agoMs) * 1_000)) * 1_000n,
        durationNs: 0n,
        modelId: '',
        requestId: '',
        rationale: '',
        severity: 'Info',
        attributes: {},
        ...more,
      },
    };
  }

  /** A request: a call of the API, two decisions, and a call of a GPU which fails when it is told to. */
  request(id: string, agoMs: number, fails = false): RecordedEvent[] {
    const api = this.event(agoMs, {
      eventType: 'function_call',
      component: 'api',
      requestId: id,
      durationNs: 58n * NANOS_PER_MILLI,
      attributes: { process: 'api.handle', 'arg._prompt': 'a poem', result: '{"ok":true}' },
    });
    const within = api.event.eventId;
    const gpu = this.event(agoMs - 4, {
      eventType: 'function_call',
      component: 'gpu',
      requestId: id,
      durationNs: 20n * NANOS_PER_MILLI,
      severity: fails ? 'Error' : 'Info',
      rationale: fails ? 'out of memory on GPU 1' : '',
      attributes: {
        process: 'gpu.run',
        parent_event_id: within,
        'code.file.path': 'src/gpu.ts',
        'code.line.number': '88',
        ...(fails && { error: 'OutOfMemory: 2.1 GiB wanted', stack: 'OutOfMemory\n    at run' }),
      },
    });
    const decision = (ms: number, rationale: string, process: string): RecordedEvent =>
      this.event(agoMs - ms, {
        requestId: id,
        rationale,
        attributes: { process, within_event_id: within },
      });
    return [
      api,
      decision(1, 'admitted: 24 ms of slack', 'scheduler.admit'),
      decision(2, 'model_a over model_b: deadline in 82 ms', 'scheduler.choose'),
      gpu,
    ];
  }
}
