/** A text under a name. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/** What is kept of alerts, in their own words. */
export interface KeptTexts {
  /** A state for each rule. */
  readonly states: readonly NamedText[];
  /** Of each rule, the oldest first. */
  readonly changes: readonly NamedText[];
  /** Of whom nobody has been told, the oldest first. */
  readonly notices: readonly NamedText[];
}

/** What is added to that in one transaction. */
export interface AlertTexts {
  /** Without a text: removed, with its changes. */
  readonly states: readonly { readonly name: string; readonly text: string | undefined }[];
  readonly changes: readonly NamedText[];
  readonly notices: readonly NamedText[];
}

/** Where the states of alert rules are kept. */
export interface AlertStore {
  alerts(): Promise<KeptTexts>;

  /**
   * Durable when it resolves.
   *
   * @param changesMax - that are kept of each rule; the latest.
   * @param fence - grows with each process that begins to save; what an earlier one saves is refused. A store that one
   * process has alone need not look at it. Default: nothing is refused.
   * @returns whether it was saved.
   */
  saveAlerts(texts: AlertTexts, changesMax: number, fence?: number): Promise<boolean>;

  /** Somebody has been told. */
  removeNotice(name: string): Promise<void>;
}
