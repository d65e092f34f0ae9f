/** What becomes of a rule about which nothing can be said: the query gave no row, or NULL. */
export const NO_DATA = ['inactive', 'firing', 'keep'] as const;
export type NoData = (typeof NO_DATA)[number];

/** What becomes of a rule whose query fails. */
export const ON_ERROR = ['error', 'firing', 'keep'] as const;
export type OnError = (typeof ON_ERROR)[number];

/** What a rule does when its state changes. */
export const ALERT_ACTIONS = ['log', 'event', 'heat', 'webhook', 'alertmanager'] as const;
export type AlertAction = (typeof ALERT_ACTIONS)[number];

/** How bad it is when a rule fires. */
export const ALERT_SEVERITIES = ['info', 'warning', 'critical'] as const;
export type AlertSeverity = (typeof ALERT_SEVERITIES)[number];

/** A question over what is stored, and when its answer is worth somebody's attention. */
export interface AlertRule {
  /** `[A-Za-z_][A-Za-z0-9_]*`, unlike that of any other rule. */
  readonly name: string;
  /** SQL over `process_trace` and `data_trace`, of which the first number counts, or a query line, which counts events. */
  readonly query: RuleQuery;
  /** It fires when the number reaches this. */
  readonly threshold: number;
  /** So long the number must stay there before it fires, milliseconds. */
  readonly forMs: number;
  /** So long it fires on after the number was there last, milliseconds. */
  readonly keepFiringForMs: number;
  readonly noData: NoData;
  readonly onError: OnError;
  readonly actions: readonly AlertAction[];
  readonly severity: AlertSeverity;
  readonly labels: Readonly<Record<string, string>>;
  /** For people; `{value}` and `{threshold}` are filled in. */
  readonly description: string;
  /** Between notifications while it fires, milliseconds. */
  readonly repeatMs: number;
  /** SQL of which the first column names the requests that it is about. */
  readonly requests: string | undefined;
}

export type RuleQuery =
  | { readonly sql: string }
  /** The events of the last milliseconds that match are counted. */
  | { readonly where: string; readonly windowMs: number };

/** Where a webhook is sent. */
export interface WebhookTarget {
  /** `http:` or `https:` */
  readonly url: string;
  /** The file of the secret that it is signed with; as it is written, which may be from the folder of the rules. */
  readonly secretFile: string | undefined;
}

/** The rules of a file. */
export interface AlertRules {
  readonly checkIntervalMs: number;
  /** The page of the hub, as people reach it; notifications lead there. */
  readonly url: string | undefined;
  readonly webhook: WebhookTarget | undefined;
  /** Of a Prometheus Alertmanager, such as `http://127.0.0.1:9093`. */
  readonly alertmanagerUrl: string | undefined;
  readonly rules: readonly AlertRule[];
}
