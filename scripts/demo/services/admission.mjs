// Admission: lets a request in if one of the executors can keep its deadline, and hands it over to that one.
//   node --import aegis-trace/register admission.mjs OPTIONS URL URL
// The operation of a request goes along with the HTTP request, because both sides have register.

import { Agent, request as httpRequest } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { generateOperationId, runWithOperationId } from 'aegis-trace/context';
import { monitor } from 'aegis-trace/monitor';
import { allowedNs, TokenPredictor, workNs } from '../scheduler/cost-model.mjs';
import { count, millis } from '../scheduler/phrases.mjs';
import { prepareRun } from '../scheduler/recording.mjs';
import { requestIdOf } from '../scheduler/workload.mjs';
import { nowNs, openService, serveOrders, tell } from './service.mjs';

const [optionsText, ...urls] = process.argv.slice(2);
const { requestsMax, slots, isEndless, ...options } = JSON.parse(optionsText);
const { workload, cost } = await prepareRun(options);
const service = await openService('admission');
const { collector, log } = service;
const agent = new Agent({ keepAlive: true });
/** What each executor has been given and not yet answered: predicted work. */
const executors = urls.map((url, index) => ({ url, name: `executor-${index + 1}`, aheadNs: 0 }));
const predictors = workload.models.map(() => new TokenPredictor());
const counts = { arrived: 0, admitted: 0, rejected: 0, completed: 0, late: 0, failed: 0 };

function decide(eventType, modelId, rationale, fields = {}) {
  collector.record({ eventType, component: 'Admission', modelId, rationale, ...fields });
}

/** The executor that would be done first, and whether that is in time. */
const choose = monitor({ module: 'Admission', processGroup: 'Admission' })(
  function choose(predictedNs, allowed) {
    const [first] = [...executors].sort((a, b) => a.aheadNs - b.aheadNs);
    return { name: first.name, doneInNs: first.aheadNs / slots + predictedNs, allowed };
  },
);

async function admit(index, arrivalNs) {
  const modelId = workload.models[workload.model[index]];
  const contextTokens = workload.contextTokens[index];
  const generatedTokens = workload.generatedTokens[index];
  log.info({ model: modelId, context_tokens: contextTokens }, 'request received');
  const predictedNs = workNs(cost, contextTokens, predictors[workload.model[index]].tokens);
  const allowed = allowedNs(cost, predictedNs);
  const { name, doneInNs } = choose(predictedNs, allowed);
  const executor = executors.find((candidate) => candidate.name === name);
  const facts = `${name} would be done in ${millis(doneInNs)} of ${millis(allowed)} allowed`;
  const isAdmitted = doneInNs <= allowed;
  decide('admission_result', modelId, `${isAdmitted ? 'Admitted' : 'Rejected'}: ${facts}`, {
    severity: isAdmitted ? 'Info' : 'Warning',
    attributes: { executor: name, predicted_ns: predictedNs, ahead_ns: executor.aheadNs },
  });
  counts[isAdmitted ? 'admitted' : 'rejected']++;
  if (!isAdmitted) return;
  executor.aheadNs += predictedNs;
  const job = {
    modelId,
    contextTokens,
    generatedTokens,
    predictedNs,
    workNs: workNs(cost, contextTokens, generatedTokens),
    deadlineNs: arrivalNs + allowed,
  };
  try {
    const { isLate, workedNs } = await post(executor.url, job);
    predictors[workload.model[index]].learn(generatedTokens);
    counts.completed++;
    if (isLate) counts.late++;
    decide('completion', modelId, `${name} answered ${isLate ? 'late' : 'in time'}`, {
      durationNs: nowNs() - arrivalNs,
      attributes: { worked_ns: workedNs, tokens: generatedTokens },
    });
  } catch (error) {
    counts.failed++;
    log.error({ err: error }, `${name} has not answered`);
  } finally {
    executor.aheadNs -= predictedNs;
  }
}

function post(url, job) {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method: 'POST', agent }, (response) => {
      json(response).then(resolve, reject);
    });
    request.on('error', reject);
    request.end(JSON.stringify(job));
  });
}

/** Lets so many requests in as they came. @param {(index: number) => string} idOf */
async function replay(idOf, most = requestsMax) {
  const originNs = nowNs();
  const answers = [];
  const total = Math.min(workload.count, most);
  for (let index = 0; index < total; index++) {
    const arrivalNs = originNs + workload.arrivalNs[index] / cost.speed;
    const waitMs = (arrivalNs - nowNs()) / 1e6;
    // Shorter than a timer can be: what is due comes at once.
    if (waitMs >= 1) await sleep(waitMs);
    counts.arrived++;
    answers.push(runWithOperationId(idOf(index), () => admit(index, nowNs())));
  }
  await Promise.all(answers);
  return nowNs() - originNs;
}

const elapsedNs = await replay((index) => requestIdOf(workload, index));
// The same requests again are others.
while (isEndless) await replay(() => generateOperationId());
log.info(`${count(counts.arrived)} requests answered`);
tell({ counts: { ...counts }, elapsedNs });
await serveOrders(service, (requests) => replay(() => generateOperationId(), requests));
agent.destroy();
