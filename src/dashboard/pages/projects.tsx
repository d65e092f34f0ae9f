import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { ProjectItem, ProjectsAnswer } from '../data/answers.js';
import { ask } from '../data/api.js';
import { isAdmin } from '../data/session.js';
import { useAnswer } from '../data/use-answer.js';
import { agoText, countText } from '../logic/format.js';
import { IdForm } from '../parts/id-form.js';
import { StateMark } from '../parts/marks.js';
import { Empty, Loading, ProblemNotice } from '../parts/notices.js';
import { TableScroll } from '../parts/table-scroll.js';

const REFRESH_MS = 2_000;
const PATH = '/api/v1/projects';

/** Whose tracing is on. */
export default function ProjectsPage() {
  const { data, problem, isLoading, retry } = useAnswer(
    'projects',
    (signal) => ask<ProjectsAnswer>(PATH, { signal }),
    REFRESH_MS,
  );
  const said = useSignal('');
  const create = async (id: string): Promise<void> => {
    try {
      await ask(PATH, { method: 'POST', body: { id } });
      said.value = '';
    } catch (error) {
      said.value = (error as Error).message;
    }
    retry();
  };
  return (
    <div class="page">
      <div class="filters">
        <h1>Projects</h1>
        {isAdmin() ? (
          <IdForm label="Id of a new project" action="Make it" onId={(id) => void create(id)} />
        ) : (
          <span>To switch one, open this page with a key of the scope admin.</span>
        )}
        <span role="status">{said.value}</span>
        <Loading isLoading={isLoading} />
      </div>
      <ProblemNotice problem={problem} onRetry={retry} />
      {data === undefined ? null : data.items.length === 0 ? (
        <Empty title="There is no project">
          <p>A project is switched off and on while its processes run:</p>
          <pre>
            {
              "npx aegis-trace projects create shop\n… sink: { hub: { toggle: true } }, project: 'shop'"
            }
          </pre>
        </Empty>
      ) : (
        <TableScroll label="Projects">
          <table>
            <thead>
              <tr>
                <th scope="col">Project</th>
                <th scope="col">Tracing</th>
                <th scope="col">Processes that know</th>
                <th scope="col" class="number">
                  Not stored
                </th>
                <th scope="col">Changed</th>
              </tr>
            </thead>
            <tbody>
              {data.items.map((project) => (
                <Row key={project.id} project={project} onChanged={retry} />
              ))}
            </tbody>
          </table>
        </TableScroll>
      )}
    </div>
  );
}

function Row({ project, onChanged }: { project: ProjectItem; onChanged: () => void }) {
  /** What somebody has chosen, until the hub says that it is so. */
  const wanted = useSignal<boolean | undefined>(undefined);
  const said = useSignal('');
  useEffect(() => {
    wanted.value = undefined;
  }, [project.updated_at]);
  const isOn = wanted.value ?? project.tracing_enabled;
  const change = async (isEnabled: boolean): Promise<void> => {
    wanted.value = isEnabled;
    said.value = '';
    try {
      const path = `${PATH}/${encodeURIComponent(project.id)}/tracing`;
      const body = { tracing_enabled: isEnabled };
      const { message } = await ask<{ message: string }>(path, { method: 'PATCH', body });
      said.value = message;
    } catch (error) {
      wanted.value = undefined;
      said.value = `It stays ${project.tracing_enabled ? 'on' : 'off'}: ${(error as Error).message}`;
    }
    onChanged();
  };
  const { listening, current } = project.processes;
  return (
    <tr>
      <td class="name" dir="auto">
        {project.id}
        {project.name === project.id ? '' : ` (${project.name})`}
      </td>
      <td>
        {isAdmin() ? (
          <label class="switch">
            <input
              type="checkbox"
              role="switch"
              checked={isOn}
              aria-checked={isOn}
              aria-label={`Tracing of ${project.id}`}
              onChange={({ currentTarget }) => void change(currentTarget.checked)}
            />
            <StateMark state={isOn ? 'on' : 'off'} />
          </label>
        ) : (
          <StateMark state={isOn ? 'on' : 'off'} />
        )}{' '}
        <span role="status">{said.value}</span>
      </td>
      <td>
        {countText(current)} of {countText(listening)}
      </td>
      <td class="number">{countText(project.suppressed)}</td>
      <td>{agoText(Date.now() - Date.parse(project.updated_at))}</td>
    </tr>
  );
}
