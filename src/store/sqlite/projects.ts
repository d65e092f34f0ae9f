import type { Project } from '../project-store.js';
import type { Connection } from './connection.js';

const COLUMNS = 'id, name, tracing_enabled, created_ms, updated_ms, version';

export function findProjects(connection: Connection): Project[] {
  return connection.all(`SELECT ${COLUMNS} FROM project ORDER BY id`).map(projectOf);
}

/** Undefined when there is one of that id. */
export function createProject(
  connection: Connection,
  id: string,
  name: string,
  isTracingEnabled: boolean,
  nowMs: number,
): Project | undefined {
  connection.setDurable(true);
  const [row] = connection.transaction(() =>
    connection.all(
      `INSERT INTO project (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
       RETURNING ${COLUMNS}`,
      [id, name, isTracingEnabled ? 1 : 0, nowMs, nowMs, nowMs],
    ),
  );
  return row === undefined ? undefined : projectOf(row);
}

/** Undefined when there is none of that id. */
export function switchTracing(
  connection: Connection,
  id: string,
  isTracingEnabled: boolean,
  nowMs: number,
): { before: Project; after: Project } | undefined {
  connection.setDurable(true);
  return connection.transaction(() => {
    const [row] = connection.all(`SELECT ${COLUMNS} FROM project WHERE id = ?`, [id]);
    if (row === undefined) return undefined;
    const [changed] = connection.all(
      `UPDATE project SET tracing_enabled = ?, updated_ms = ?, version = max(version + 1, ?)
       WHERE id = ? RETURNING ${COLUMNS}`,
      [isTracingEnabled ? 1 : 0, nowMs, nowMs, id],
    );
    return { before: projectOf(row), after: projectOf(changed as Record<string, unknown>) };
  });
}

function projectOf(row: Record<string, unknown>): Project {
  return {
    id: row.id as string,
    name: row.name as string,
    isTracingEnabled: Number(row.tracing_enabled) !== 0,
    createdMs: Number(row.created_ms),
    updatedMs: Number(row.updated_ms),
    version: Number(row.version),
  };
}
