import type { Project } from '../project-store.js';
import type { Connection } from './connection.js';
import { escaped, quoted } from './literals.js';

const COLUMNS = ['id', 'name', 'is_enabled', 'created_ms', 'updated_ms', 'version'] as const;

interface ProjectRow {
  readonly id: string;
  readonly name_: string;
  readonly enabled: number;
  readonly created: string;
  readonly updated: string;
  readonly latest: string;
}

/** Projects: a row for each change, of which the latest version holds. One process changes them at a time. */
export class ProjectTable {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** By their ids. @throws ServerError (rejects), as do all of the following. */
  list(): Promise<Project[]> {
    return this.#find('1');
  }

  async create(
    id: string,
    name: string,
    isTracingEnabled: boolean,
    nowMs: number,
  ): Promise<Project | undefined> {
    const [known] = await this.#find(`id = ${quoted(id)}`);
    if (known !== undefined) return undefined;
    const times = { createdMs: nowMs, updatedMs: nowMs, version: nowMs };
    return this.#write({ id, name, isTracingEnabled, ...times });
  }

  async switchTracing(
    id: string,
    isTracingEnabled: boolean,
    nowMs: number,
  ): Promise<{ before: Project; after: Project } | undefined> {
    const [before] = await this.#find(`id = ${quoted(id)}`);
    if (before === undefined) return undefined;
    const version = Math.max(before.version + 1, nowMs);
    const after = await this.#write({ ...before, isTracingEnabled, updatedMs: nowMs, version });
    return { before, after };
  }

  async #find(condition: string): Promise<Project[]> {
    const rows = await this.#connection.rows<ProjectRow>(
      'list projects',
      `SELECT id, argMax(name, version) AS name_, argMax(is_enabled, version) AS enabled,
         argMax(created_ms, version) AS created, argMax(updated_ms, version) AS updated,
         max(version) AS latest FROM project WHERE ${condition} GROUP BY id ORDER BY id`,
    );
    return rows.map((row) => ({
      id: row.id,
      name: row.name_,
      isTracingEnabled: row.enabled !== 0,
      createdMs: Number(row.created),
      updatedMs: Number(row.updated),
      version: Number(row.latest),
    }));
  }

  async #write(project: Project): Promise<Project> {
    const { id, name, isTracingEnabled, createdMs, updatedMs, version } = project;
    const fields = [escaped(id), escaped(name), Number(isTracingEnabled)];
    const rows = `${[...fields, createdMs, updatedMs, version].join('\t')}\n`;
    await this.#connection.insert('project', { columns: COLUMNS, rows });
    return project;
  }
}
