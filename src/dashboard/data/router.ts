import { computed, signal } from '@preact/signals';
import { urlOf, type View, viewOf, withParams } from '../logic/view.js';

/** Where somebody is. Changed by {@link go} and {@link adjust} alone. */
export const view = signal<View>(viewOf(location));

/** A parameter of the URL; '' when it is not there. */
export const param = (name: string): string => view.value.params[name] ?? '';

/** The span of time that is looked at. */
export const range = computed(() => ({ from: param('from'), to: param('to') }));

/** Goes elsewhere: Back leads here again. */
export function go(next: View): void {
  const url = urlOf(next);
  if (url !== location.pathname + location.search) history.pushState(null, '', url);
  view.value = next;
  window.scrollTo(0, 0);
}

/** Another look at the same place: no step of Back. */
export function adjust(changes: Readonly<Record<string, string>>): void {
  const next = withParams(view.value, changes);
  history.replaceState(null, '', urlOf(next));
  view.value = next;
}

/** Another question at the same place: Back leads to the one before. */
export function goWith(changes: Readonly<Record<string, string>>): void {
  go(withParams(view.value, changes));
}

/** Follows Back and Forward, and links within the page without loading it again. */
export function followLinks(): void {
  addEventListener('popstate', () => {
    view.value = viewOf(location);
  });
  addEventListener('click', (event) => {
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!isPlain || link === null || link.target !== '' || link.hasAttribute('download')) return;
    const url = new URL(link.href, location.href);
    if (url.origin !== location.origin || !url.pathname.startsWith('/ui')) return;
    if (event.defaultPrevented) return;
    event.preventDefault();
    go(viewOf(url));
  });
}
