import type { ForeignBatch } from '../store/event-store.js';
import type { Project } from '../store/project-store.js';
import type { StateAnswer } from './append-messages.js';
import { hubEvents } from './hub-events.js';
import type { HubStore } from './hub-store.js';

// What the append worker does with projects: it alone writes to the store.

/** What is asked of it. */
export type ProjectQuestion =
  | { readonly what: 'list' }
  | {
      readonly what: 'create';
      readonly project: string;
      readonly name: string;
      readonly isEnabled: boolean;
      /** As of `switch`. */
      readonly atMs: number;
    }
  | {
      readonly what: 'switch';
      readonly project: string;
      readonly isEnabled: boolean;
      /** Who does it, for the event that says so. */
      readonly by: string;
      /** Milliseconds since 1970, from which its version is made. */
      readonly atMs: number;
    };

/**
 * What it answers: the projects that were asked for, or changed; none when there is no such project, or there is one.
 *
 * @throws TraceError (rejects) `ERR_TRACE_STORE`.
 */
export async function answerProjects(
  store: HubStore,
  question: ProjectQuestion,
): Promise<StateAnswer<readonly Project[]>> {
  if (question.what === 'list') return { value: await store.projects(), inserted: 0 };
  const { project: id, isEnabled, atMs } = question;
  if (question.what === 'create') {
    const created = await store.createProject(id, question.name, isEnabled, atMs);
    return { value: created === undefined ? [] : [created], inserted: 0 };
  }
  const change = await store.switchTracing(id, isEnabled, atMs);
  if (change === undefined) return { value: [], inserted: 0 };
  const { before, after } = change;
  const batch = eventOf(before, after, question.by);
  const [result] = await store.appendAll([batch], { durable: true });
  return { value: [after], inserted: result?.inserted ?? 0 };
}

/** Each switch is an event: who, when, from and to. */
function eventOf(before: Project, after: Project, by: string): ForeignBatch {
  const [from, to] = [before, after].map(({ isTracingEnabled }) =>
    isTracingEnabled ? 'on' : 'off',
  );
  return hubEvents([
    {
      identity: ['switch', after.id, String(after.version)],
      eventType: 'tracing_switched',
      component: 'aegis.projects',
      wallMs: after.updatedMs,
      rationale: `tracing of ${after.id}: ${from} → ${to}`,
      severity: 'Info',
      attributes: { project: after.id, from: from as string, to: to as string, by },
    },
  ]);
}
