import { HubConnection, hubUrl } from '../../wire/hub-http.js';
import { askedBy } from '../config-watch.js';
import { HubWatch } from '../hub-watch.js';
import type { ToggleAnswer } from './toggle-keys.js';

const TIMEOUT_MS = 1_000;
const RETRY_MS = 2_000;

export interface HubSourceOptions {
  readonly url: string;
  readonly key: string;
  readonly projectId: string;
  /** Who asks: the hub then knows which processes have taken a change over. */
  readonly run: string;
  readonly service: string | undefined;
}

interface ProjectAnswer extends ToggleAnswer {
  readonly etag: string;
}

/** Watches a project at a hub. `onAnswer` is told nothing when the hub cannot be reached, and why. */
export function watchProject(
  { url, key, projectId, run, service }: HubSourceOptions,
  onAnswer: (answer: ToggleAnswer | undefined, failure?: unknown) => void,
): HubWatch<ProjectAnswer> {
  const changesUrl = hubUrl(url, 'tracing/changes');
  changesUrl.searchParams.set('project', projectId);
  return new HubWatch(
    {
      answerUrl: askedBy(hubUrl(url, `api/v1/projects/${projectId}`), run, service),
      changesUrl,
      key,
      parse: parseProject,
      name: `the project ${projectId}`,
      timeoutMs: TIMEOUT_MS,
      retryMs: RETRY_MS,
    },
    onAnswer,
    new HubConnection(false, true),
  );
}

/** @throws Error that says what is wrong. */
function parseProject(text: string): ProjectAnswer {
  const { tracing_enabled: isEnabled, version, etag } = JSON.parse(text) as Record<string, unknown>;
  if (
    typeof isEnabled !== 'boolean' ||
    !Number.isSafeInteger(version) ||
    typeof etag !== 'string'
  ) {
    throw new Error('the answer says nothing of a project');
  }
  return { isEnabled, version: version as number, etag };
}
