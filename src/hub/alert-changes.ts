import { HISTORY_MAX } from '../alerts/alert-engine.js';
import { type AlertNotice, noticeText } from '../alerts/alert-notice.js';
import type { AlertTexts, KeptTexts } from '../store/alert-store.js';
import type { StateAnswer } from './append-messages.js';
import { type HubEvent, hubEvents } from './hub-events.js';
import type { HubStore } from './hub-store.js';

// What the append worker does with alerts: it alone writes to the store.

/** What is asked of it. */
export type AlertQuestion =
  | { readonly what: 'load' }
  | { readonly what: 'save'; readonly texts: AlertTexts; readonly fence: number | undefined }
  /** Somebody has been told. */
  | { readonly what: 'told'; readonly id: string }
  /** Is to be an event, of each request that it is about as well. */
  | { readonly what: 'record'; readonly notice: AlertNotice };

/** Requests of which a chain shows that an alert was about them. */
const REQUESTS_MAX = 20;

/** @throws TraceError (rejects) `ERR_TRACE_STORE`. */
export async function answerAlerts(
  store: HubStore,
  question: AlertQuestion,
): Promise<StateAnswer<KeptTexts | boolean | undefined>> {
  if (question.what === 'load') return { value: await store.alerts(), inserted: 0 };
  if (question.what === 'record') {
    const [result] = await store.appendAll([hubEvents(eventsOf(question.notice))], {
      durable: true,
    });
    return { value: undefined, inserted: result?.inserted ?? 0 };
  }
  if (question.what === 'save') {
    const { texts, fence } = question;
    return { value: await store.saveAlerts(texts, HISTORY_MAX, fence), inserted: 0 };
  }
  await store.removeNotice(question.id);
  return { value: undefined, inserted: 0 };
}

function eventsOf(notice: AlertNotice): HubEvent[] {
  const { id, rule, phase, value, threshold, error, severity, atMs, requests } = notice;
  const event = {
    eventType: {
      inactive: 'alert_over',
      pending: 'alert_pending',
      firing: 'alert_firing',
      error: 'alert_error',
    }[phase],
    component: 'aegis.alerts',
    wallMs: atMs,
    rationale: noticeText(notice),
    // Never an error: rules count those.
    severity:
      phase === 'inactive' || severity === 'info' ? ('Info' as const) : ('Warning' as const),
    attributes: {
      rule,
      severity,
      threshold: String(threshold),
      ...(value !== undefined && { value: String(value) }),
      ...(error !== undefined && { error }),
    },
  };
  const about = phase === 'firing' ? requests.slice(0, REQUESTS_MAX) : [];
  return ['', ...about].map((requestId) => ({ ...event, requestId, identity: [id, requestId] }));
}
