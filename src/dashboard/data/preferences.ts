import { effect, signal } from '@preact/signals';
import type { Zone } from '../logic/format.js';

// What somebody likes, in this browser: not in the URL, so that a link changes nobody's.

export type Theme = 'system' | 'light' | 'dark';

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];
const ZONES: readonly Zone[] = ['local', 'utc'];

export const theme = signal<Theme>('system');
export const zone = signal<Zone>('local');

/** Finds and keeps them, and has the page look so. */
export function keepPreferences(): void {
  theme.value = stored('theme', THEMES, 'system');
  zone.value = stored('zone', ZONES, 'local');
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
    keep('theme', theme.value);
  });
  effect(() => keep('zone', zone.value));
}

function stored<T extends string>(name: string, known: readonly T[], fallback: T): T {
  try {
    const value = localStorage.getItem(`aegis.${name}`);
    return known.find((item) => item === value) ?? fallback;
  } catch {
    return fallback;
  }
}

function keep(name: string, value: string): void {
  try {
    localStorage.setItem(`aegis.${name}`, value);
  } catch {
    // Whoever allows no storage has the same again next time.
  }
}
