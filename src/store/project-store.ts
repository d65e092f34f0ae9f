/** A project, whose tracing can be switched off while its processes run. */
export interface Project {
  /** `[A-Za-z0-9][A-Za-z0-9_.-]{0,99}` */
  readonly id: string;
  readonly name: string;
  readonly isTracingEnabled: boolean;
  /** Milliseconds since 1970, by the clock of whoever made it. */
  readonly createdMs: number;
  readonly updatedMs: number;
  /**
   * Grows with each change of the project, whoever makes it; also when the database is another one, because it begins with
   * the milliseconds since 1970.
   */
  readonly version: number;
}

/** Where projects are kept. */
export interface ProjectStore {
  /** By their ids. */
  projects(): Promise<Project[]>;

  /** Undefined when there is one of that id. Durable when it resolves. */
  createProject(
    id: string,
    name: string,
    isTracingEnabled: boolean,
    nowMs: number,
  ): Promise<Project | undefined>;

  /**
   * Switches tracing of a project; also to what it is, which is a change of its version. Durable when it resolves.
   *
   * @returns what it was before, and is; undefined when there is none of that id.
   */
  switchTracing(
    id: string,
    isTracingEnabled: boolean,
    nowMs: number,
  ): Promise<{ before: Project; after: Project } | undefined>;
}
