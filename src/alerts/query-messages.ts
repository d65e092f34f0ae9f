import type { RuleQuery } from './alert-rule.js';
import type { Observation } from './alert-state.js';

// What the process that runs the SQL of rules is asked, and answers.

export interface Question {
  readonly id: number;
  /** The number of a rule, or the requests that one is about. */
  readonly what: RuleQuery | { readonly requests: string };
  /** As if it were this time, milliseconds since 1970, and nothing later were there; undefined: now, with everything. */
  readonly atMs?: number | undefined;
}

export type Reply =
  | { readonly id: number; readonly observation: Observation }
  | { readonly id: number; readonly requests: readonly string[] };
