import { adjust, param } from '../data/router.js';

/** Whether the same is shown as a table. */
export const isTable = (): boolean => param('as') === 'table';

export function TableToggle() {
  return (
    <button
      type="button"
      aria-pressed={isTable()}
      onClick={() => adjust({ as: isTable() ? '' : 'table' })}
    >
      As a table
    </button>
  );
}
