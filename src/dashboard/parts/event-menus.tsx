import { useSignal } from '@preact/signals';
import { askEvents, pathOf } from '../data/api.js';
import { jsonText } from '../data/events.js';
import { zone } from '../data/preferences.js';
import { goWith, param } from '../data/router.js';
import { csvText } from '../logic/csv.js';
import { countText } from '../logic/format.js';
import { eventParams } from '../pages/event-params.js';
import { columnsOf, columnsParam, EVENT_COLUMNS } from './event-columns.js';

/** Events that an export has at most: more is what the command is for. */
const EXPORT_MAX = 10_000;
const PAGE_ROWS = 1_000;

/** Which columns are shown. */
export function ColumnsMenu() {
  const shown = columnsOf(param('cols')).map(({ name }) => name);
  const toggle = (name: string, isShown: boolean): void => {
    const names = EVENT_COLUMNS.map((column) => column.name).filter((known) =>
      known === name ? isShown : shown.includes(known),
    );
    if (names.length > 0) goWith({ cols: columnsParam(names) });
  };
  return (
    <details class="menu">
      <summary>Columns</summary>
      <div class="menu-items">
        {EVENT_COLUMNS.map(({ name, title }) => (
          <label key={name}>
            <input
              type="checkbox"
              checked={shown.includes(name)}
              onChange={({ currentTarget }) => toggle(name, currentTarget.checked)}
            />
            {title}
          </label>
        ))}
      </div>
    </details>
  );
}

/** What is filtered, as a file. */
export function ExportMenu() {
  const said = useSignal('');
  const save = async (kind: 'csv' | 'json'): Promise<void> => {
    said.value = 'Reading…';
    try {
      const { lines, isAll } = await exported(kind);
      download(lines, kind);
      said.value = isAll
        ? ''
        : `The newest ${countText(EXPORT_MAX)}: more with npx aegis-trace query`;
    } catch (error) {
      said.value = (error as Error).message;
    }
  };
  return (
    <details class="menu">
      <summary>Export</summary>
      <div class="menu-items">
        <button type="button" onClick={() => void save('csv')}>
          CSV
        </button>
        <button type="button" onClick={() => void save('json')}>
          JSON
        </button>
        <span role="status">{said.value}</span>
      </div>
    </details>
  );
}

async function exported(kind: 'csv' | 'json'): Promise<{ lines: string; isAll: boolean }> {
  const columns = columnsOf(param('cols'));
  const cells: string[][] = [];
  const objects: string[] = [];
  let cursor: string | undefined = '';
  while (cursor !== undefined && cells.length < EXPORT_MAX) {
    const page = await askEvents(pathOf('/recent', { ...eventParams(), cursor, limit: PAGE_ROWS }));
    for (const event of page.events) {
      cells.push(columns.map((column) => column.text(event, zone.value)));
      if (kind === 'json') objects.push(jsonText(event));
    }
    cursor = page.next;
  }
  const heads = columns.map(({ title }) => title);
  const lines = kind === 'csv' ? csvText(heads, cells) : `[${objects.join(',\n')}]\n`;
  return { lines, isAll: cursor === undefined };
}

function download(text: string, kind: 'csv' | 'json'): void {
  const url = URL.createObjectURL(new Blob([text], { type: `text/${kind}` }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `events.${kind}`;
  link.click();
  URL.revokeObjectURL(url);
}
