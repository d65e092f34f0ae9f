import { homedir } from 'node:os';
import { messageOf } from '../../thrown.js';

/** What `doctor` has found of one thing. */
export interface Finding {
  /** What was looked at, in a word. */
  readonly check: string;
  /** `fail`: something does not work; `warn`: it will not, or less than it could. */
  readonly state: 'ok' | 'warn' | 'fail';
  readonly text: string;
  /** What to do. */
  readonly advice?: string | undefined;
}

/** What a check says: a text where all is well, else what it is and what to do. */
export type Said = string | Omit<Finding, 'check'>;

/** A check that throws has found something, too. */
export async function find(check: string, look: () => Said | Promise<Said>): Promise<Finding> {
  try {
    const said = await look();
    return typeof said === 'string' ? { check, state: 'ok', text: said } : { check, ...said };
  } catch (error) {
    return { check, state: 'fail', text: messageOf(error) };
  }
}

export const fail = (text: string, advice: string): Said => ({ state: 'fail', text, advice });
export const warn = (text: string, advice: string): Said => ({ state: 'warn', text, advice });

/** A path without who the user is: what is found is shown to others. */
export function shownPath(path: string): string {
  const home = homedir();
  return home.length > 1 && path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}
