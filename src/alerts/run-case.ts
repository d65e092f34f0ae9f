import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordedEvent, RunInfo } from '../event/recorded-event.js';
import { SqliteStore } from '../store/sqlite/sqlite-store.js';
import type { AlertRule } from './alert-rule.js';
import { QueryRunner } from './query-runner.js';
import type { AlertCase, CaseEvents, CaseExpectation } from './read-cases.js';
import { simulate } from './simulate.js';

/** When a case begins; before any clock that runs it, so that nothing is of the future. */
const BEGIN_MS = Date.UTC(2026, 0, 1);
const NANOS_PER_MILLI = 1_000_000n;

/** Where a rule did not stand as it was expected to. */
export interface CaseFailure {
  readonly expected: CaseExpectation;
  readonly state: string;
  readonly value: number | undefined;
  readonly error: string | undefined;
}

/** Looks at a rule over the events of a case, in a database of its own. @returns what was not as expected. */
export async function runCase(
  rule: AlertRule,
  { events, expectations }: AlertCase,
  checkIntervalMs: number,
): Promise<CaseFailure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-alerts-'));
  const path = join(folder, 'case.db');
  const runner = new QueryRunner(path);
  try {
    await fill(path, events);
    const last = expectations.at(-1) as CaseExpectation;
    // A look at the end as well, when no other one is at that time.
    const toMs = BEGIN_MS + last.atMs + checkIntervalMs;
    const failures: CaseFailure[] = [];
    let next = 0;
    for await (const { atMs, state } of simulate(rule, runner, {
      fromMs: BEGIN_MS,
      toMs,
      stepMs: checkIntervalMs,
    })) {
      for (let due = expectations[next]; due !== undefined; due = expectations[next]) {
        // What is expected at a time is what the first look from then on sees.
        if (BEGIN_MS + due.atMs > atMs) break;
        next++;
        const isRight =
          due.state === state.phase && (due.value === undefined || due.value === state.value);
        const { phase, value, error } = state;
        if (!isRight) failures.push({ expected: due, state: phase, value, error });
      }
    }
    return failures;
  } finally {
    runner.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fill(path: string, groups: readonly CaseEvents[]): Promise<void> {
  const anchor = { steadyNs: 0n, wallNs: BigInt(BEGIN_MS) * NANOS_PER_MILLI };
  const run: RunInfo = { run: randomUUID(), pid: process.pid, anchors: [anchor] };
  const events = groups
    .flatMap((group) =>
      Array.from({ length: group.count }, (_, index) => ({
        ms: group.atMs + index * group.everyMs,
        group,
      })),
    )
    .sort((a, b) => a.ms - b.ms)
    .map(({ ms, group }, sequence) => recorded(sequence, ms, group));
  const store = await SqliteStore.open({ path });
  await store.append(run, events);
  await store.close();
}

function recorded(sequence: number, ms: number, group: CaseEvents): RecordedEvent {
  return {
    lane: 0,
    sequence,
    event: {
      eventId: randomUUID(),
      eventType: group.type,
      component: group.process,
      timestampNs: BigInt(ms) * NANOS_PER_MILLI,
      durationNs: BigInt(group.durationMs) * NANOS_PER_MILLI,
      modelId: '',
      requestId: group.request,
      rationale: group.rationale,
      severity: group.severity,
      attributes: group.attributes,
    },
  };
}
