/** Says whether a project is traced, and tells of changes: what `createToggle()` of aegis-trace/gate makes. */
export interface RecordingToggle {
  isTracingEnabled(): boolean;
  /** @returns ends it. */
  onChange(listener: (isEnabled: boolean) => void): () => void;
}

/** The toggle of the process, which collectors follow that were given none. */
interface ToggleSlot {
  /** Whether there is one, or will be. */
  isExpected: boolean;
  toggle: RecordingToggle | undefined;
  readonly waiting: Set<(toggle: RecordingToggle) => void>;
}

/** On globalThis, so that several copies of the package, in one thread, share it. */
const SLOT = Symbol.for('aegis-trace.process-toggle.1');
const globals = globalThis as { [SLOT]?: ToggleSlot };
globals[SLOT] ??= { isExpected: false, toggle: undefined, waiting: new Set() };
const slot: ToggleSlot = globals[SLOT];

/** Has collectors that are made from now on follow the toggle that comes. */
export function expectProcessToggle(coming: Promise<RecordingToggle>): void {
  slot.isExpected = true;
  void coming.then((toggle) => {
    slot.toggle = toggle;
    for (const follow of slot.waiting) follow(toggle);
    slot.waiting.clear();
  });
}

/** Calls back with the toggle of the process, now or when it is there; never when there is none. */
export function withProcessToggle(follow: (toggle: RecordingToggle) => void): void {
  if (slot.toggle !== undefined) follow(slot.toggle);
  else if (slot.isExpected) slot.waiting.add(follow);
}
