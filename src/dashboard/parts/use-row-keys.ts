import { useEffect, useRef } from 'preact/hooks';
import { isTyping } from '../logic/shortcuts.js';

/**
 * j and k lead from row to row, Enter opens one.
 *
 * @param selector - of what has the focus in a row.
 * @param onRow - told of the row that one is at, and whether it is to be opened.
 */
export function useRowKeys(
  body: { readonly current: HTMLElement | null },
  selector: string,
  onRow?: (row: HTMLElement, isOpening: boolean) => void,
): void {
  const told = useRef(onRow);
  told.current = onRow;
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (isTyping(event) || body.current === null) return;
      const rows = [...body.current.querySelectorAll<HTMLElement>(selector)];
      const at = rows.indexOf(document.activeElement as HTMLElement);
      if (event.key === 'j' || event.key === 'k') {
        const open = rows.findIndex((row) => row.getAttribute('aria-selected') === 'true');
        const from = at >= 0 ? at : open;
        const row =
          rows[Math.min(Math.max(from + (event.key === 'j' ? 1 : -1), 0), rows.length - 1)];
        row?.focus();
        if (row !== undefined) told.current?.(row, false);
      } else if (event.key === 'Enter' && at >= 0) {
        told.current?.(rows[at] as HTMLElement, true);
      }
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [body, selector]);
}
