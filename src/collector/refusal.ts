import { expected, show } from '../errors.js';
import { warn } from '../warnings.js';

/** Why record() did not take an event. */
export interface Refusal {
  /** What counts as the same mistake, whatever value came. */
  readonly kind: string;
  /** Which field, what was expected, what came. */
  readonly message: string;
}

/** A field with a value that no event can have. */
export function refused(field: string, expectation: string, value: unknown): Refusal {
  const { message } = expected('ERR_TRACE_EVENT', field, expectation, value);
  return { kind: `${field} ${expectation}`, message };
}

/** An event that could not be read: a getter, a proxy or a conversion to text threw. */
export function refusedByThrow(event: unknown, thrown: unknown): Refusal {
  if (typeof event !== 'object' || event === null) return refused('an event', 'an object', event);
  return { kind: 'throws', message: `an event must be readable; reading it threw ${said(thrown)}` };
}

/** Whatever was thrown, of code that is not ours: even its message may be a getter that throws. */
function said(thrown: unknown): string {
  try {
    return show(thrown instanceof Error ? thrown.message : thrown);
  } catch {
    return 'an object';
  }
}

export const REFUSED_AFTER_CLOSE: Refusal = {
  kind: 'closed',
  message: 'an event must be recorded before close(); it came after',
};

/** Kinds that were said: as many as there are fields and expectations. */
const saidKinds = new Set<string>();

/** Warns of the first refusal of each kind in this thread; a log full of the same one helps nobody. */
export function warnOfRefusal({ kind, message }: Refusal): void {
  if (saidKinds.has(kind)) return;
  saidKinds.add(kind);
  try {
    warn(
      'AEGIS_TRACE_REJECTED',
      `record() refused an event: ${message}. Further ones of this kind are only counted: stats().rejected`,
    );
  } catch {
    // An emitWarning of the host's own. record() throws nothing all the same.
  }
}
