import { createHash, randomUUID } from 'node:crypto';
import type { ForeignBatch } from '../store/event-store.js';
import type { Project } from '../store/project-store.js';
import type { SqliteStore } from '../store/sqlite/sqlite-store.js';

// What the append worker does with projects: it alone writes to the database.

/** What is asked of it. */
export type ProjectQuestion =
  | { readonly what: 'list' }
  | {
      readonly what: 'create';
      readonly project: string;
      readonly name: string;
      readonly isEnabled: boolean;
    }
  | {
      readonly what: 'switch';
      readonly project: string;
      readonly isEnabled: boolean;
      /** Who does it, for the event that says so. */
      readonly by: string;
    };

/** What it answers: the projects that were asked for, or changed; none when there is no such project, or there is one. */
export interface ProjectAnswer {
  readonly projects: readonly Project[];
  /** Events that were stored. */
  readonly inserted: number;
}

/** The source of what a hub itself records. */
const SOURCE = 'aegis-trace hub';
const NANOS_PER_MILLI = 1_000_000n;
const KEY_BYTES = 16;

/** @throws TraceError (rejects) `ERR_TRACE_STORE`. */
export async function answerProjects(
  store: SqliteStore,
  question: ProjectQuestion,
  nowMs: number,
): Promise<ProjectAnswer> {
  if (question.what === 'list') return { projects: await store.projects(), inserted: 0 };
  const { project: id, isEnabled } = question;
  if (question.what === 'create') {
    const created = await store.createProject(id, question.name, isEnabled, nowMs);
    return { projects: created === undefined ? [] : [created], inserted: 0 };
  }
  const change = await store.switchTracing(id, isEnabled, nowMs);
  if (change === undefined) return { projects: [], inserted: 0 };
  const { before, after } = change;
  const batch = eventOf(before, after, question.by);
  const [result] = await store.appendAll([batch], { durable: true });
  return { projects: [after], inserted: result?.inserted ?? 0 };
}

/** Each switch is an event: who, when, from and to. */
function eventOf(before: Project, after: Project, by: string): ForeignBatch {
  const [from, to] = [before, after].map(({ isTracingEnabled }) =>
    isTracingEnabled ? 'on' : 'off',
  );
  const identity = JSON.stringify(['switch', after.id, after.version]);
  return {
    source: SOURCE,
    foreign: [
      {
        key: createHash('sha256').update(identity).digest().subarray(0, KEY_BYTES),
        event: {
          eventId: randomUUID(),
          eventType: 'tracing_switched',
          component: 'aegis.projects',
          timestampNs: BigInt(after.updatedMs) * NANOS_PER_MILLI,
          durationNs: 0n,
          modelId: '',
          requestId: '',
          rationale: `tracing of ${after.id}: ${from} → ${to}`,
          severity: 'Info',
          attributes: { project: after.id, from: from as string, to: to as string, by },
        },
      },
    ],
  };
}
