import { unwatchFile, watchFile } from 'node:fs';
import { AlertClock } from '../alerts/alert-clock.js';
import {
  type AlertChange,
  AlertEngine,
  type KeptAlerts,
  NotHolder,
} from '../alerts/alert-engine.js';
import { type AlertNotice, noticesOf, noticeText } from '../alerts/alert-notice.js';
import { postedAlert, webhookPayload } from '../alerts/alert-payload.js';
import type { AlertRule } from '../alerts/alert-rule.js';
import { type AlertPhase, type AlertState, isActive, isSilenced } from '../alerts/alert-state.js';
import { Outbox } from '../alerts/outbox.js';
import type { RuleRunner } from '../alerts/rule-runner.js';
import { sendJson } from '../alerts/send-json.js';
import { type PhaseChange, simulate } from '../alerts/simulate.js';
import { GATE_ID_MAX } from '../event/gate-report.js';
import type { KeptTexts } from '../store/alert-store.js';
import { messageOf } from '../thrown.js';
import { hubUrl } from '../wire/hub-http.js';
import type { AppendQueue } from './append-queue.js';
import type { HubGate } from './hub-gate.js';
import type { AlertCounts } from './hub-metrics.js';
import { type LoadedRules, loadRules } from './load-rules.js';
import { Problem } from './problem.js';
import type { HubShare } from './shared/hub-share.js';

/** Between looks at the file of the rules. */
const WATCH_MS = 1_000;
/** An Alertmanager forgets what it does not hear of: see alert-payload.ts. */
const REMIND_MS = 60_000;
/** By then Redis has said who looks at the rules, or is not there. */
const SHARED_MS = 1_500;
/** Of a simulation. */
const LOOKS_MAX = 6_000;
const SIMULATION_MS = 30_000;

/** Which rule is simulated, from when to when; milliseconds since 1970. */
export interface Simulation {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What a hub needs for its rules. */
export interface AlertParts {
  /** Makes what asks the store. */
  readonly openRunner: () => RuleRunner;
  /** The file of the rules; undefined for none. */
  readonly file: string | undefined;
  readonly queue: AppendQueue;
  readonly gate: HubGate;
  readonly notify: (message: string) => void;
  /** With other hubs that have the same rules. */
  readonly share: HubShare | undefined;
}

/** The rules of a hub: where they come from, when they are looked at, and who is told. */
export class HubAlerts {
  readonly #parts: AlertParts;
  readonly #runner: RuleRunner;
  readonly #outbox: Outbox;
  #clock = new AlertClock(0);
  #loaded: LoadedRules | undefined;
  #problem: string | undefined;
  #engine: AlertEngine | undefined;
  #timer: NodeJS.Timeout | undefined;
  #reminder: NodeJS.Timeout | undefined;
  #lookedMs: number | undefined;
  /** The number under which this hub looks at the rules; 0 before it has. */
  #fence = 0;
  #isHolder = true;
  #isSimulating = false;
  #isClosed = false;

  constructor(parts: AlertParts) {
    this.#parts = parts;
    this.#runner = parts.openRunner();
    this.#outbox = new Outbox({
      send: (notice) => this.#send(notice),
      onDone: async ({ id }) => {
        // Else it is told once more after the next start.
        await parts.queue.alerts({ what: 'told', id }).catch(() => undefined);
      },
      onProblem: parts.notify,
    });
  }

  /** @throws TraceError (rejects) for a file that is not as it must be. */
  async open(): Promise<void> {
    const { file } = this.#parts;
    if (file === undefined) return;
    this.#loaded = await loadRules(file);
    const kept = await this.#kept();
    this.#clock = new AlertClock(latestOf(kept.states));
    this.#engine = new AlertEngine(
      {
        clock: this.#clock,
        observe: (query) => this.#runner.observe(query),
        requests: (sql) => this.#runner.requests(sql),
        save: (change) => this.#save(change),
        tell: (notice) => this.#outbox.add(notice),
      },
      this.#loaded.rules,
      kept,
    );
    if (this.#parts.share === undefined) await this.#begin(kept);
    watchFile(file, { interval: WATCH_MS, persistent: false }, () => void this.reload());
    this.#reminder = setInterval(() => void this.#remind(), REMIND_MS);
    this.#reminder.unref();
    this.#lookAfter(this.#parts.share === undefined ? 0 : SHARED_MS);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearInterval(this.#reminder);
    if (this.#parts.file !== undefined) unwatchFile(this.#parts.file);
    this.#engine?.close();
    this.#outbox.close();
    this.#runner.close();
  }

  /** Reads the file again. One that is not as it must be leaves the rules as they are, and says so. */
  async reload(): Promise<void> {
    const { file, notify } = this.#parts;
    if (file === undefined || this.#isClosed) return;
    try {
      const loaded = await loadRules(file);
      this.#loaded = loaded;
      await this.#engine?.replaceRules(loaded.rules);
      this.#problem = undefined;
      notify(`${file} was read again: ${loaded.rules.length} rules`);
    } catch (error) {
      this.#problem = messageOf(error);
      notify(`the rules stay as they were: ${this.#problem}`);
    }
  }

  get file(): string | undefined {
    return this.#parts.file;
  }

  /** Why the file as it is now was not taken. */
  get problem(): string | undefined {
    return this.#problem;
  }

  get checkIntervalMs(): number | undefined {
    return this.#loaded?.checkIntervalMs;
  }

  /** Milliseconds since 1970; undefined before the first look has ended. */
  get lookedMs(): number | undefined {
    return this.#lookedMs;
  }

  get counts(): AlertCounts {
    const phases = this.list().map(({ state }) => state.phase);
    const countOf = (phase: AlertPhase): number => phases.filter((name) => name === phase).length;
    return {
      rules: phases.length,
      firing: countOf('firing'),
      failing: countOf('error'),
      waiting: this.#outbox.waiting,
      givenUp: this.#outbox.givenUp,
    };
  }

  list() {
    return this.#engine?.list() ?? [];
  }

  /** Milliseconds since 1970, of a time in a state. */
  wallMsOf(ms: number): number {
    return this.#clock.wallMsOf(ms);
  }

  isSilenced(state: AlertState): boolean {
    return isSilenced(state, this.#clock.now());
  }

  /** @returns whether there is such a rule. */
  async silence(name: string, ms: number): Promise<boolean> {
    // Whoever silences a rule looks at it from then on.
    await this.#take(true);
    return (await this.#engine?.silence(name, ms)) ?? false;
  }

  /**
   * When a rule would have changed its phase, looked at as often as it is now, over a long time less often.
   *
   * @throws Problem (rejects) `overloaded` while another one runs.
   */
  async simulate(
    rule: AlertRule,
    { fromMs, toMs }: Simulation,
  ): Promise<{ changes: PhaseChange[]; untilMs: number; stepMs: number }> {
    const stepMs = Math.max(this.#loaded?.checkIntervalMs ?? 0, (toMs - fromMs) / LOOKS_MAX);
    if (this.#isSimulating) {
      throw new Problem('overloaded', 'another simulation runs', { retryAfterS: 1 });
    }
    this.#isSimulating = true;
    const runner = this.#parts.openRunner();
    const endMs = performance.now() + SIMULATION_MS;
    const changes: PhaseChange[] = [];
    let untilMs = fromMs;
    try {
      for await (const { atMs, change } of simulate(rule, runner, { fromMs, toMs, stepMs })) {
        untilMs = atMs;
        if (change !== undefined) changes.push(change);
        if (this.#isClosed || performance.now() > endMs) break;
      }
    } finally {
      this.#isSimulating = false;
      runner.close();
    }
    return { changes, untilMs, stepMs };
  }

  #lookAfter(ms: number): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => void this.#look(), ms);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    const startedMs = performance.now();
    try {
      if (await this.#take(false)) await this.#engine?.look();
      else this.#engine?.load(await this.#kept());
      this.#lookedMs = Date.now();
    } catch (error) {
      // What is kept cannot be read now: whoever asks the store is told.
      if (!(error instanceof Problem)) throw error;
    }
    const tookMs = performance.now() - startedMs;
    this.#lookAfter(Math.max(0, (this.#loaded?.checkIntervalMs ?? 0) - tookMs));
  }

  /** Whether this hub is the one that looks at the rules. Without Redis each one does. @throws Problem (rejects). */
  async #take(isForced: boolean): Promise<boolean> {
    const { share } = this.#parts;
    if (share === undefined) return true;
    const fence = await share.takeAlerts(isForced);
    this.#isHolder = fence !== 0;
    if (fence === undefined || fence === 0 || fence === this.#fence) return this.#isHolder;
    const kept = await this.#kept();
    this.#fence = fence;
    this.#engine?.load(kept);
    await this.#begin(kept);
    return true;
  }

  /** Goes on where the one before has ended. */
  async #begin({ states, notices }: KeptAlerts & { notices: AlertNotice[] }): Promise<void> {
    this.#clock.passBy(latestOf(states));
    // Those of rules that are gone are forgotten.
    await this.#engine?.replaceRules(this.#loaded?.rules ?? []);
    for (const notice of notices) this.#outbox.add(notice);
  }

  async #kept(): Promise<KeptAlerts & { notices: AlertNotice[] }> {
    return keptOf((await this.#parts.queue.alerts({ what: 'load' })) as KeptTexts);
  }

  /** @throws NotHolder (rejects) when another hub has looked at the rules since; Problem. */
  async #save(change: AlertChange): Promise<void> {
    const { queue, share } = this.#parts;
    const fence = await share?.takeAlerts(false);
    const isHolder = fence === undefined || fence === this.#fence;
    const saving = { what: 'save', texts: textsOf(change), fence } as const;
    if (isHolder && (await queue.alerts(saving)) === true) return;
    this.#isHolder = false;
    throw new NotHolder();
  }

  async #send(notice: AlertNotice): Promise<void> {
    const { queue, gate, notify } = this.#parts;
    const { url, webhook, alertmanagerUrl, secret } = this.#loaded as LoadedRules;
    switch (notice.action) {
      case 'log':
        notify(`alert ${noticeText(notice)}`);
        break;
      case 'event':
        await queue.alerts({ what: 'record', notice });
        break;
      case 'heat': {
        const isHeat = notice.phase === 'firing';
        const ids = isHeat ? notice.requests.filter((id) => id.length <= GATE_ID_MAX) : [];
        for (const id of ids) gate.open(id, 'alert', `alert ${notice.rule}`);
        break;
      }
      case 'webhook':
        if (webhook === undefined) break;
        await sendJson(webhook.url, webhookPayload(notice, url), { id: notice.id, secret });
        break;
      case 'alertmanager':
        if (alertmanagerUrl !== undefined) await this.#post(alertmanagerUrl, [notice]);
    }
  }

  #post(alertmanagerUrl: string, notices: readonly AlertNotice[]): Promise<void> {
    const alerts = notices.map((notice) => postedAlert(notice, this.#loaded?.url));
    return sendJson(hubUrl(alertmanagerUrl, 'api/v2/alerts').href, alerts);
  }

  /** What goes on, of which the Alertmanager has heard before. Who is told how often is its business. */
  async #remind(): Promise<void> {
    const { alertmanagerUrl } = this.#loaded ?? {};
    if (alertmanagerUrl === undefined || !this.#isHolder) return;
    const atMs = Date.now();
    const notices = this.list()
      .filter(({ state }) => isActive(state.phase) && isActive(state.toldPhase))
      .flatMap(({ rule, state, requests }) => noticesOf(rule, state, requests, atMs))
      .filter(({ action }) => action === 'alertmanager');
    if (notices.length === 0) return;
    // A minute later it hears of them again.
    await this.#post(alertmanagerUrl, notices).catch(() => undefined);
  }
}

function textsOf({ states, changes, notices }: AlertChange) {
  return {
    states: [...states].map(([name, state]) => ({
      name,
      text: state === undefined ? undefined : JSON.stringify(state),
    })),
    changes: changes.map(({ rule, ...change }) => ({ name: rule, text: JSON.stringify(change) })),
    notices: notices.map((notice) => ({ name: notice.id, text: JSON.stringify(notice) })),
  };
}

function keptOf(texts: KeptTexts): KeptAlerts & { notices: AlertNotice[] } {
  const history = new Map<string, PhaseChange[]>();
  for (const { name, text } of texts.changes) {
    history.set(name, [...(history.get(name) ?? []), JSON.parse(text) as PhaseChange]);
  }
  return {
    states: new Map(texts.states.map(({ name, text }) => [name, JSON.parse(text) as AlertState])),
    history,
    notices: texts.notices.map(({ text }) => JSON.parse(text) as AlertNotice),
  };
}

/** A silence ends in the future: it is not a time that has been. */
function latestOf(states: KeptAlerts['states']): number {
  const times = [...states.values()].flatMap(({ sinceMs, breachedLastMs, toldMs }) => [
    sinceMs,
    breachedLastMs ?? 0,
    toldMs ?? 0,
  ]);
  return Math.max(0, ...times);
}
