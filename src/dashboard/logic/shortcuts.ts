// The keys of the page.

/** A key, or `g` and then one, and what it does, for the help. */
export interface Shortcut {
  readonly keys: string;
  readonly does: string;
}

export const SHORTCUTS: readonly Shortcut[] = [
  { keys: '?', does: 'this help' },
  { keys: '/', does: 'the query line' },
  { keys: 'j k', does: 'next and previous row' },
  { keys: 'Enter', does: 'open the row' },
  { keys: 'Esc', does: 'close what is open' },
  { keys: 'g o', does: 'overview' },
  { keys: 'g e', does: 'events' },
  { keys: 'g l', does: 'events, live' },
  { keys: 'g r', does: 'requests' },
  { keys: 'g g', does: 'graph' },
  { keys: 'g h', does: 'what is HOT' },
  { keys: 'g a', does: 'alerts' },
  { keys: 'g s', does: 'sources' },
  { keys: 'g p', does: 'projects' },
  { keys: 'Space', does: 'live: pause and go on' },
  { keys: 'e E', does: 'request: next and previous error' },
  { keys: '. ,', does: 'request: next and previous event' },
];

/** Whether a key is meant for what is typed into, or for the browser. */
export function isTyping(event: KeyboardEvent): boolean {
  if (event.metaKey || event.ctrlKey || event.altKey) return true;
  const at = event.target;
  return (
    at instanceof HTMLElement &&
    (at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName))
  );
}
