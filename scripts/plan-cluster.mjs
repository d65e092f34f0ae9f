// What a cluster needs for so many events a second, and a simulated minute of it.
//   node scripts/plan-cluster.mjs [--events-per-s 1000000] [--replicas 3] [--retention-hours 24] [--share 0.7]
//   [--senders 2000] [--batch 500] [--seconds 60] [--core-hour 0.05] [--gb-month 0.08]
// Prices are in whatever you pay with, and are guesses until you give yours. Figures are those of docs/SCALING.md.

import { parseArgs } from 'node:util';
import { MEASURED, planCluster } from './lib/cluster-plan.mjs';
import { simulateCluster } from './lib/cluster-simulation.mjs';
import { runAsMain } from './lib/main.mjs';
import { ScriptError } from './lib/run.mjs';

const DEFAULTS = {
  'events-per-s': 1_000_000,
  replicas: 3,
  'retention-hours': 24,
  share: 0.7,
  senders: 2_000,
  batch: 500,
  seconds: 60,
  'core-hour': 0.05,
  'gb-month': 0.08,
};
/** Cores of a hub, and of a server. */
const HUB_CORES = 2;
const SERVER_CORES = 4;
const HOURS_A_MONTH = 730;

function readNumbers(args) {
  const options = Object.fromEntries(
    Object.keys(DEFAULTS).map((name) => [name, { type: 'string' }]),
  );
  const { values } = parseArgs({ args, options });
  return Object.fromEntries(
    Object.entries(DEFAULTS).map(([name, number]) => {
      const value = Number(values[name] ?? number);
      if (!(value > 0)) throw new ScriptError(`--${name} must be a number above 0`);
      return [name, value];
    }),
  );
}

const say = (line) => process.stdout.write(`${line}\n`);
const shown = (value, digits = 1) => value.toLocaleString('en', { maximumFractionDigits: digits });

function main(argv) {
  const wish = readNumbers(argv);
  const [eventsPerS, replicas] = [wish['events-per-s'], wish.replicas];
  const retentionHours = wish['retention-hours'];
  const plan = planCluster({ eventsPerS, replicas, retentionHours, share: wish.share });
  const cores = plan.hubs * HUB_CORES + plan.servers * SERVER_CORES;
  const coresMonth = cores * wish['core-hour'] * HOURS_A_MONTH;
  const disksMonth = plan.diskTb * 1000 * wish['gb-month'];
  const rows = [
    ['hubs', `${plan.hubs}, of ${HUB_CORES} cores`],
    [
      'shards',
      `${plan.shards}, of which each takes ${shown(plan.shardPerS, 0)} events a second at most`,
    ],
    ['servers', `${plan.servers}, of ${SERVER_CORES} cores`],
    ['to the hubs', `${shown(plan.toHubsGbit, 2)} Gbit/s with gzip`],
    ['to the servers', `${shown(plan.toServersGbit, 2)} Gbit/s`],
    ['between replicas', `${shown(plan.betweenReplicasGbit, 2)} Gbit/s`],
    [
      'disk',
      `${shown(plan.diskTb)} TB for ${retentionHours} h; ${shown(plan.diskTbADay)} TB a day`,
    ],
    ['disk of a server', `${shown(plan.diskMbPerSOfServer)} MB/s, and again for each merge`],
    [
      'a month',
      `${shown(coresMonth + disksMonth, 0)}: ${cores} cores ${shown(coresMonth, 0)}, disks ${shown(disksMonth, 0)}`,
    ],
  ];
  for (const [name, text] of rows) say(`${name.padEnd(20)}${text}`);
  say(
    `\n${'simulated'.padEnd(20)}${'P50'.padStart(9)}${'P99'.padStart(10)}${'sent again'.padStart(12)}${'waiting at most'.padStart(18)}${'nothing waits'.padStart(15)}`,
  );
  const { hubs, shards } = plan;
  const { senders, batch, seconds } = wish;
  const common = {
    eventsPerS,
    senders,
    batch,
    hubs,
    shards,
    replicas,
    seconds,
    measured: MEASURED,
  };
  const third = seconds / 3;
  const cases = {
    'nothing fails': [],
    'a hub, 10 s': [{ part: 'hub', atS: third, forS: 10 }],
    'a replica, 10 s': [{ part: 'replica', atS: third, forS: 10 }],
    'two replicas, 10 s': [0, 0].map(() => ({ part: 'replica', atS: third, forS: 10 })),
  };
  for (const [name, failures] of Object.entries(cases)) {
    const result = simulateCluster({ ...common, failures });
    if (result.acknowledged !== result.made) throw new ScriptError(`${name}: batches are missing`);
    say(
      name.padEnd(20) +
        `${shown(result.p50Ms, 0)} ms`.padStart(9) +
        `${shown(result.p99Ms, 0)} ms`.padStart(10) +
        shown(result.again, 0).padStart(12) +
        `${shown(result.waitingMax, 0)}`.padStart(18) +
        `after ${shown(result.doneS)} s`.padStart(15),
    );
  }
}

await runAsMain(import.meta, main);
