import { signal } from '@preact/signals';
import type { SessionAnswer } from './answers.js';

/** Who looks; null when nobody may, undefined before that is known. */
export const session = signal<SessionAnswer | null | undefined>(undefined);

/** What is wrong with the link that one has come by. */
export const linkProblem = signal<string | undefined>(undefined);

/** Whether something may be changed. */
export const isAdmin = (): boolean =>
  session.value?.scopes.includes('admin') === true && session.value.is_read_only === false;
