import type { Project } from '../store/project-store.js';
import type { AppendQueue } from './append-queue.js';
import { ChangeStreams } from './change-streams.js';
import { Problem } from './problem.js';
import type { ProjectQuestion } from './project-changes.js';
import { ProjectMirror } from './project-mirror.js';
import type { HubShare } from './shared/hub-share.js';

/** Between looks at what another hub with the same database has changed. */
const REFRESH_MS = 500;
/** A process asks every 35 s at least: twice that, and a timeout. */
const LIVE_MS = 80_000;
/** Of a project; the process that was silent for longest makes room. */
const PROCESSES_MAX = 10_000;

/** A process that goes by a project's state. */
export interface FollowingProcess {
  readonly run: string;
  readonly service: string | undefined;
  /** Whether it was told the state as it is now. */
  readonly isCurrent: boolean;
}

interface Known {
  readonly service: string | undefined;
  readonly version: number;
  readonly askedMs: number;
}

/** The projects of a hub: what is kept, who hears of changes, and who has. */
export class HubProjects {
  readonly #queue: AppendQueue;
  readonly #mirror: ProjectMirror | undefined;
  readonly #nextVersion: () => Promise<number>;
  readonly #projects = new Map<string, Project>();
  readonly #streams = new Map<string, ChangeStreams>();
  /** Of each project, by their runs, in the order of their last questions. */
  readonly #processes = new Map<string, Map<string, Known>>();
  readonly #suppressed = new Map<string, number>();
  #changes = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /**
   * @param share - with other hubs that change the same projects.
   * @throws TraceError `ERR_TRACE_PEER`.
   */
  constructor(
    queue: AppendQueue,
    redisUrl: string | undefined,
    notify: (message: string) => void,
    share?: HubShare,
  ) {
    this.#queue = queue;
    this.#nextVersion = async () => (await share?.nextProjectVersion()) ?? Date.now();
    this.#mirror =
      redisUrl === undefined
        ? undefined
        : new ProjectMirror(redisUrl, () => [...this.#projects.values()], notify);
  }

  /** Reads them, and again from then on. @throws Problem (rejects). */
  async open(): Promise<void> {
    await this.#ask({ what: 'list' });
    this.#refreshLater();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#mirror?.close();
    for (const streams of this.#streams.values()) streams.close();
  }

  /** By their ids. */
  list(): Project[] {
    return [...this.#projects.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  get(id: string): Project | undefined {
    return this.#projects.get(id);
  }

  /** Whether what sources without a collector of ours send of it is to be stored. */
  isTraced(id: string | undefined): boolean {
    return id === undefined || this.#projects.get(id)?.isTracingEnabled !== false;
  }

  /** @returns undefined when there is one. @throws Problem (rejects). */
  async create(project: string, name: string, isEnabled: boolean): Promise<Project | undefined> {
    const [created] = await this.#ask({
      what: 'create',
      project,
      name,
      isEnabled,
      atMs: await this.#nextVersion(),
    });
    return created;
  }

  /** @returns undefined when there is none. @throws Problem (rejects). */
  async switchTracing(
    project: string,
    isEnabled: boolean,
    by: string,
  ): Promise<Project | undefined> {
    const [changed] = await this.#ask({
      what: 'switch',
      project,
      isEnabled,
      by,
      atMs: await this.#nextVersion(),
    });
    return changed;
  }

  /** Whether processes that ask Redis alone hear of changes. Undefined without Redis. */
  get isRedisUp(): boolean | undefined {
    return this.#mirror?.isUp;
  }

  /** Who is told when a project changes, also one that there is not yet. */
  streamsOf(id: string): ChangeStreams {
    const known = this.#streams.get(id);
    if (known !== undefined) return known;
    this.#forgetStreams();
    const streams = new ChangeStreams(() => etagOf(this.get(id)));
    this.#streams.set(id, streams);
    return streams;
  }

  /** Whoever names projects that there are not makes no more than there are clients. */
  #forgetStreams(): void {
    for (const [id, streams] of this.#streams) {
      if (streams.count > 0) continue;
      streams.close();
      this.#streams.delete(id);
    }
  }

  /** A process is told the state as it is now. */
  told({ id, version }: Project, run: string, service: string | undefined): void {
    const processes = this.#processes.get(id) ?? new Map<string, Known>();
    this.#processes.set(id, processes);
    if (processes.get(run)?.version !== version) this.#changes++;
    processes.delete(run);
    processes.set(run, { service, version, askedMs: performance.now() });
    if (processes.size <= PROCESSES_MAX) return;
    const [oldest] = processes.keys();
    processes.delete(oldest as string);
  }

  /** The processes that have asked lately. */
  processesOf({ id, version }: Project): FollowingProcess[] {
    const processes = this.#processes.get(id) ?? new Map<string, Known>();
    const oldest = performance.now() - LIVE_MS;
    for (const [run, { askedMs }] of processes) {
      if (askedMs >= oldest) break;
      processes.delete(run);
    }
    return [...processes].map(([run, known]) => ({
      run,
      service: known.service,
      isCurrent: known.version === version,
    }));
  }

  /** Events of a project that were not stored, because it is off. */
  suppress(id: string, events: number): void {
    this.#changes++;
    this.#suppressed.set(id, this.suppressedOf(id) + events);
  }

  suppressedOf(id: string): number {
    return this.#suppressed.get(id) ?? 0;
  }

  /** Another one when projects, or the processes that follow them, have changed. */
  get version(): string {
    const listening = this.list().reduce(
      (sum, project) => sum + this.processesOf(project).length,
      0,
    );
    return `${this.#changes}.${listening}`;
  }

  get suppressedTotal(): number {
    return [...this.#suppressed.values()].reduce((sum, events) => sum + events, 0);
  }

  async #ask(question: ProjectQuestion): Promise<readonly Project[]> {
    const answered = await this.#queue.projects(question);
    for (const project of answered) this.#take(project);
    return answered;
  }

  /** Answers may overtake each other: what is older changes nothing. */
  #take(project: Project): void {
    const known = this.#projects.get(project.id);
    if (known !== undefined && known.version >= project.version) return;
    this.#changes++;
    this.#projects.set(project.id, project);
    this.#streams.get(project.id)?.changed();
    void this.#mirror?.write(project);
  }

  #refreshLater(): void {
    this.#timer = setTimeout(() => void this.#refresh(), REFRESH_MS);
    this.#timer.unref();
  }

  async #refresh(): Promise<void> {
    try {
      await this.#ask({ what: 'list' });
    } catch (error) {
      // The thread that stores is being started, or its disk fails: whoever sends is told.
      if (!(error instanceof Problem)) throw error;
    }
    if (!this.#isClosed) this.#refreshLater();
  }
}

/** Names a state of a project; `none` while there is no such project. */
export const etagOf = (project: Project | undefined): string =>
  project === undefined ? 'none' : String(project.version);
