import type { RuleQuery } from './alert-rule.js';
import type { Observation } from './alert-state.js';

/** Asks the queries of rules of a store. */
export interface RuleRunner {
  /** What a query says now, or as it would have at another time, in milliseconds since 1970. Never rejects. */
  observe(query: RuleQuery, atMs?: number): Promise<Observation>;
  /** The requests that a rule is about; a text says why they are not known. */
  requests(sql: string, atMs?: number): Promise<readonly string[] | string>;
  close(): void;
}
