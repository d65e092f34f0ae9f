type Prepare = (error: Error, sites: NodeJS.CallSite[]) => unknown;

/**
 * The stack of here, of so many frames: as `prepare` makes it, else as text. Undefined when there is none, because
 * a `prepareStackTrace` of the user's throws. Leaves `Error` as it was, also a frozen one. Throws nothing.
 */
export function readStack(frames: number, prepare?: Prepare): unknown {
  const restoreLimit = set('stackTraceLimit', frames);
  const restorePrepare = prepare === undefined ? undefined : set('prepareStackTrace', prepare);
  try {
    return new Error().stack as unknown;
  } catch {
    return undefined;
  } finally {
    restorePrepare?.();
    restoreLimit();
  }
}

/** Sets a property of Error, where that is possible; gives what puts it back as it was. */
function set(name: 'stackTraceLimit' | 'prepareStackTrace', value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(Error, name);
  Reflect.defineProperty(Error, name, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
  return () => {
    if (before === undefined) Reflect.deleteProperty(Error, name);
    else Reflect.defineProperty(Error, name, before);
  };
}
