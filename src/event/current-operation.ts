/**
 * Where a recorder finds the id of the operation that runs now. `aegis-trace/context` puts its
 * function here when it is loaded; neither imports the other, and until then a recorder pays for one
 * comparison. On globalThis, so that several copies of the package share it.
 */
interface OperationSlot {
  id: (() => string | undefined) | undefined;
}

/** The same as SLOT in src/context/operation-store.ts. */
const SLOT = Symbol.for('aegis-trace.current-operation.1');

const globals = globalThis as { [SLOT]?: OperationSlot };
globals[SLOT] ??= { id: undefined };
const slot: OperationSlot = globals[SLOT];

/** The id of the operation that runs now; empty outside of one. */
export function currentRequestId(): string {
  return slot.id === undefined ? '' : (slot.id() ?? '');
}
