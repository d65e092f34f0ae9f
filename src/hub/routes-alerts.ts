import type { FastifyInstance } from 'fastify';
import type { RuleStatus } from '../alerts/alert-engine.js';
import { describe } from '../alerts/alert-notice.js';
import type { PhaseChange } from '../alerts/simulate.js';
import { parseParams } from '../wire/query-params.js';
import type { HubAlerts } from './hub-alerts.js';
import { Problem } from './problem.js';
import { readRoute, route } from './route-schema.js';
import { alertAnswer, alertsAnswer, simulationAnswer } from './schemas/answers.js';
import { silenceBody, simulationBody } from './schemas/bodies.js';
import { alertPath } from './schemas/params.js';
import type { Typed } from './schemas/typed.js';

interface WithName {
  Params: { name: string };
}

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
const SIMULATED_HOURS = 6;
const NANOS_PER_MILLI = 1_000_000n;

/** Rules, where they stand, and how they would have stood. */
export function addAlertRoutes(app: FastifyInstance, alerts: HubAlerts): void {
  const found = (name: string): RuleStatus => {
    const status = alerts.list().find(({ rule }) => rule.name === name);
    if (status !== undefined) return status;
    throw new Problem('not_found', `there is no alert rule ${name}`);
  };

  app.get('/alerts', readRoute('All alert rules, and where they stand', alertsAnswer), (_, reply) =>
    reply.send({
      file: alerts.file,
      problem: alerts.problem,
      check_interval_seconds: (alerts.checkIntervalMs ?? 0) / SECOND_MS,
      looked_at: optional(alerts.lookedMs, timeOf),
      notices_waiting: alerts.counts.waiting,
      items: alerts.list().map((status) => answerOf(status, alerts)),
    } satisfies Typed<typeof alertsAnswer, bigint>),
  );

  app.post<WithName & { Body: { seconds: number } }>(
    '/alerts/:name/silence',
    route(['admin'], {
      summary: 'Has nobody told of a rule for a time',
      params: alertPath,
      body: silenceBody,
      answer: alertAnswer,
    }),
    async ({ params: { name }, body: { seconds } }, reply) => {
      if (!(await alerts.silence(name, seconds * SECOND_MS))) found(name);
      return reply.send(answerOf(found(name), alerts));
    },
  );

  app.post<WithName & { Body: { from?: string; to?: string } }>(
    '/alerts/:name/simulate',
    route(['read'], {
      summary: 'When a rule would have fired',
      params: alertPath,
      body: simulationBody,
      answer: simulationAnswer,
    }),
    async ({ params: { name }, body }, reply) => {
      const { rule } = found(name);
      const range = parseParams(Object.entries(body), ['from', 'to']);
      const toMs = millisOf(range.to) ?? Date.now();
      const fromMs = millisOf(range.from) ?? toMs - SIMULATED_HOURS * HOUR_MS;
      if (fromMs > toMs) throw new Problem('invalid', 'from must not be after to');
      const { changes, untilMs, stepMs } = await alerts.simulate(rule, { fromMs, toMs });
      return reply.send({
        from: timeOf(fromMs),
        to: timeOf(toMs),
        until: timeOf(untilMs),
        step_seconds: stepMs / SECOND_MS,
        changes: changes.map(changeOf),
      } satisfies Typed<typeof simulationAnswer, bigint>);
    },
  );
}

function answerOf(
  { rule, state, requests, history }: RuleStatus,
  alerts: HubAlerts,
): Typed<typeof alertAnswer, bigint> {
  const wall = (ms: number): string => timeOf(alerts.wallMsOf(ms));
  const isSilenced = alerts.isSilenced(state);
  return {
    name: rule.name,
    state: isSilenced ? 'silenced' : state.phase,
    phase: state.phase,
    since: wall(state.sinceMs),
    value: state.value,
    threshold: rule.threshold,
    error: state.error,
    severity: rule.severity,
    description: describe(rule, state.value),
    labels: rule.labels,
    actions: [...rule.actions],
    query: 'sql' in rule.query ? rule.query.sql : rule.query.where,
    window_seconds: 'sql' in rule.query ? undefined : rule.query.windowMs / SECOND_MS,
    for_seconds: rule.forMs / SECOND_MS,
    silenced_until: isSilenced ? optional(state.silencedUntilMs, wall) : undefined,
    told_at: optional(state.toldMs, wall),
    requests: [...requests],
    history: history.map(changeOf),
  };
}

const changeOf = ({ atMs, from, to, value, error }: PhaseChange) => ({
  at: timeOf(atMs),
  from,
  to,
  value,
  error,
});

const optional = <T>(value: T | undefined, shown: (value: T) => string): string | undefined =>
  value === undefined ? undefined : shown(value);

const millisOf = (ns: bigint | undefined): number | undefined =>
  ns === undefined ? undefined : Number(ns / NANOS_PER_MILLI);

const timeOf = (ms: number): string => new Date(ms).toISOString();
