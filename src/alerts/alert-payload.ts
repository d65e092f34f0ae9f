import { hubUrl } from '../wire/hub-http.js';
import type { AlertNotice } from './alert-notice.js';
import { isActive } from './alert-state.js';

// What a Prometheus Alertmanager takes and gives on: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
// and https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml.

/** So long an Alertmanager believes that an alert goes on of which it hears nothing; it hears of it every minute. */
const BELIEVED_MS = 4 * 60_000;
/** Alertmanager's own zero of a time. */
const NEVER = '0001-01-01T00:00:00Z';
const REQUESTS_SHOWN = 20;
const RECEIVER = 'aegis-trace';

type Labels = Record<string, string>;

/** An alert as `POST /api/v2/alerts` takes it. */
export interface PostedAlert {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL?: string;
}

/** @param pageUrl - of the hub, as people reach it. */
export function postedAlert(notice: AlertNotice, pageUrl: string | undefined): PostedAlert {
  const endsMs = isActive(notice.phase) ? notice.atMs + BELIEVED_MS : notice.atMs;
  return {
    labels: labelsOf(notice),
    annotations: annotationsOf(notice),
    startsAt: timeOf(notice.startsMs),
    endsAt: timeOf(endsMs),
    ...(pageUrl !== undefined && { generatorURL: linkTo(notice, pageUrl) }),
  };
}

/** A notice in the form in which an Alertmanager tells its receivers, version 4. */
export function webhookPayload(notice: AlertNotice, pageUrl: string | undefined) {
  const status = isActive(notice.phase) ? 'firing' : 'resolved';
  const labels = labelsOf(notice);
  const annotations = annotationsOf(notice);
  const { alertname } = labels;
  return {
    receiver: RECEIVER,
    status,
    alerts: [
      {
        status,
        labels,
        annotations,
        startsAt: timeOf(notice.startsMs),
        endsAt: status === 'firing' ? NEVER : timeOf(notice.atMs),
        generatorURL: pageUrl === undefined ? '' : linkTo(notice, pageUrl),
        fingerprint: fingerprintOf(labels),
      },
    ],
    groupLabels: { alertname },
    commonLabels: labels,
    commonAnnotations: annotations,
    externalURL: pageUrl ?? '',
    version: '4',
    groupKey: `{}:{alertname=${JSON.stringify(alertname)}}`,
    truncatedAlerts: 0,
  };
}

/** They say which alert it is: the same while it goes on, and when it is over. */
function labelsOf({ rule, severity, labels }: AlertNotice): Labels {
  return { ...labels, alertname: rule, severity };
}

function annotationsOf(notice: AlertNotice): Labels {
  const { description, value, threshold, error, requests } = notice;
  return {
    ...(description !== '' && { description }),
    ...(value !== undefined && { value: String(value) }),
    threshold: String(threshold),
    ...(error !== undefined && { error }),
    ...(requests.length > 0 && { requests: requests.slice(0, REQUESTS_SHOWN).join(' ') }),
  };
}

const timeOf = (ms: number): string => new Date(ms).toISOString();

const linkTo = ({ rule }: AlertNotice, pageUrl: string): string =>
  hubUrl(pageUrl, `ui/alerts?rule=${encodeURIComponent(rule)}`).href;

const FNV_OFFSET = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;
const SEPARATOR = 255;

/** FNV-1a over the sorted labels, as Prometheus' LabelSet.Fingerprint() has it. */
function fingerprintOf(labels: Labels): string {
  let hash = FNV_OFFSET;
  const add = (byte: number): void => {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * FNV_PRIME);
  };
  for (const name of Object.keys(labels).sort()) {
    for (const text of [name, labels[name] as string]) {
      for (const byte of Buffer.from(text)) add(byte);
      add(SEPARATOR);
    }
  }
  return hash.toString(16).padStart(16, '0');
}
