import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Project } from '../store/project-store.js';
import { etagOf, type HubProjects } from './hub-projects.js';
import { Problem } from './problem.js';
import { readRoute, route } from './route-schema.js';
import { projectAnswer, projectsAnswer, switchAnswer } from './schemas/answers.js';
import { projectBody, switchBody } from './schemas/bodies.js';
import { configParams, projectPath } from './schemas/params.js';
import type { Typed } from './schemas/typed.js';

interface WithId {
  Params: { id: string };
}

const BY_CHARACTERS = 8;

/** Projects, whose tracing is switched off and on while their processes run. */
export function addProjectRoutes(app: FastifyInstance, projects: HubProjects): void {
  const found = (id: string): Project => {
    const project = projects.get(id);
    if (project !== undefined) return project;
    throw new Problem('not_found', `there is no project ${id}`);
  };

  app.get('/api/v1/projects', readRoute('All projects', projectsAnswer), (_request, reply) =>
    reply.send({ items: projects.list().map((project) => answerOf(project, projects)) }),
  );

  app.post<{ Body: { id: string; name?: string; tracing_enabled?: boolean } }>(
    '/api/v1/projects',
    route(['admin'], { summary: 'Makes a project', body: projectBody, answer: projectAnswer }),
    async ({ body }, reply) => {
      const { id, name = id, tracing_enabled: isEnabled = true } = body;
      const created = await projects.create(id, name, isEnabled);
      if (created === undefined) throw new Problem('conflict', `there is a project ${id}`);
      return reply.send(answerOf(created, projects));
    },
  );

  app.get<WithId & { Querystring: { run?: string; service?: string } }>(
    '/api/v1/projects/:id',
    route(['ingest', 'read'], {
      summary: 'A project, and how many of its processes know how it is',
      params: projectPath,
      querystring: configParams,
      answer: projectAnswer,
    }),
    (request, reply) => {
      const project = found(request.params.id);
      const { run, service } = request.query;
      if (run !== undefined) projects.told(project, run.toLowerCase(), service);
      const etag = `"${etagOf(project)}"`;
      reply.header('etag', etag);
      if (run !== undefined && request.headers['if-none-match'] === etag) {
        return reply.code(304).send();
      }
      // A process that asks is one of many: it is not told of all others.
      const answer = answerOf(project, projects);
      const { items, ...counts } = answer.processes;
      return reply.send({ ...answer, processes: { ...counts, items: run ? [] : items } });
    },
  );

  app.patch<WithId & { Body: { tracing_enabled: boolean } }>(
    '/api/v1/projects/:id/tracing',
    route(['admin'], {
      summary: 'Switches the tracing of a project off or on',
      params: projectPath,
      body: switchBody,
      answer: switchAnswer,
    }),
    async (request, reply) => {
      const { id } = request.params;
      const { tracing_enabled: isEnabled } = request.body;
      const changed = await projects.switchTracing(id, isEnabled, askerOf(request));
      if (changed === undefined) throw new Problem('not_found', `there is no project ${id}`);
      return reply.send({
        status: 'ok',
        tracing_enabled: changed.isTracingEnabled,
        message: messageOf(changed, projects),
      } satisfies Typed<typeof switchAnswer, bigint>);
    },
  );
}

function messageOf(project: Project, projects: HubProjects): string {
  const count = projects.processesOf(project).length;
  const who = count === 1 ? '1 process is' : `${count} processes are`;
  const state = project.isTracingEnabled ? 'on' : 'off';
  const redis = projects.isRedisUp === false ? '; Redis is not reached, and hears of it later' : '';
  return `tracing of ${project.id} is ${state}: ${who} told${redis}`;
}

/** Which key it was, in the first digits of its hash: keys are shown nowhere. */
function askerOf({ givenKey = '' }: FastifyRequest): string {
  const hash = createHash('sha256').update(givenKey).digest('hex');
  return `key ${hash.slice(0, BY_CHARACTERS)}`;
}

function answerOf(project: Project, projects: HubProjects): Typed<typeof projectAnswer, bigint> {
  const processes = projects.processesOf(project);
  return {
    id: project.id,
    name: project.name,
    tracing_enabled: project.isTracingEnabled,
    created_at: new Date(project.createdMs).toISOString(),
    updated_at: new Date(project.updatedMs).toISOString(),
    version: project.version,
    etag: etagOf(project),
    suppressed: projects.suppressedOf(project.id),
    processes: {
      listening: processes.length,
      current: processes.filter(({ isCurrent }) => isCurrent).length,
      items: processes.map(({ run, service, isCurrent }) => ({
        run,
        service,
        is_current: isCurrent,
      })),
    },
  };
}
