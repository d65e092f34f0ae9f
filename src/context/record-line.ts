/** Records events: a TraceCollector does. */
export interface LogRecorder {
  record(event: {
    eventType: string;
    component: string;
    requestId?: string | undefined;
    rationale?: string | undefined;
    severity?: 'Info' | 'Warning' | 'Error' | 'Critical' | undefined;
    attributes?: Readonly<Record<string, string>> | undefined;
  }): unknown;
}

/** The type of events that are lines of a log. */
const EVENT_TYPE = 'log';
/** pino's numbers. */
const CRITICAL = 60;
const ERROR = 50;
const WARNING = 40;
/** What is a field of the event itself, or the same in all events of a run. */
const FIELDS = new Set(['time', 'pid', 'hostname', 'name', 'operation_id', 'msg', 'err']);

interface LogLine {
  readonly level?: unknown;
  readonly name?: unknown;
  readonly operation_id?: unknown;
  readonly msg?: unknown;
  readonly err?: { readonly message?: unknown; readonly stack?: unknown } | undefined;
}

/** Records a JSON line of pino's as an event of the type `log`; what is none is no event. */
export function recordLine(json: string, recorder: LogRecorder): void {
  let line: LogLine;
  try {
    line = JSON.parse(json) as LogLine;
  } catch {
    return;
  }
  const { level, name, operation_id: id, msg, err } = line;
  const attributes = Object.entries(line)
    .filter(([key]) => !FIELDS.has(key))
    .map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]);
  if (err?.message !== undefined) attributes.push(['error', String(err.message)]);
  if (err?.stack !== undefined) attributes.push(['stack', String(err.stack)]);
  recorder.record({
    eventType: EVENT_TYPE,
    component: String(name),
    ...(typeof id === 'string' && { requestId: id }),
    rationale: msg === undefined ? '' : String(msg),
    severity: severityOf(Number(level)),
    attributes: Object.fromEntries(attributes) as Record<string, string>,
  });
}

function severityOf(level: number): 'Info' | 'Warning' | 'Error' | 'Critical' {
  if (level >= CRITICAL) return 'Critical';
  if (level >= ERROR) return 'Error';
  return level >= WARNING ? 'Warning' : 'Info';
}
