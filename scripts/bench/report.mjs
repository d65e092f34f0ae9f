// The bench's result for people: at most 100 columns.

import Table from 'cli-table3';
import { amountText, boundText, FIGURES } from './figures.mjs';

/** No colours and no box: the table reads the same in a terminal, a log and a README. */
const plain = {
  chars: {
    ...Object.fromEntries(
      ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left']
        .concat(['bottom-right', 'left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'])
        .map((name) => [name, '']),
    ),
    middle: '  ',
  },
  style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
};

function table(head, colAligns, rows) {
  const made = new Table({ ...plain, head, colAligns });
  made.push(...rows);
  return made.toString().replace(/ +$/gm, '');
}

function environmentText({ node, cpu, cores, platform, date, versions }) {
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version ?? '–'}`);
  return [
    `Node ${node}, ${platform}, ${cpu}, ${cores} cores, ${date.slice(0, 10)}`,
    packages.join(', '),
  ].join('\n');
}

function figuresText(results, quick) {
  const rows = FIGURES.filter(({ key }) => key in results).map((figure) => {
    const value = results[figure.key];
    const verdict = figure.holds(value) ? 'met' : 'MISSED';
    return [
      figure.what,
      figure.key,
      amountText(value, figure.unit),
      boundText(figure),
      quick ? '' : verdict,
    ];
  });
  return table(
    ['figure', 'key', 'measured', 'must be', quick ? '' : 'verdict'],
    ['left', 'left', 'right', 'right', 'left'],
    rows,
  );
}

/** The absolute costs that the ratios were made from. */
function costsText(details) {
  const rows = Object.entries(details).flatMap(([suite, contenders]) =>
    Object.entries(contenders).flatMap(([name, measured]) => {
      const unit = ['ns', 'ms'].find((candidate) => candidate in (measured.rounds ?? {}));
      if (unit === undefined) return [];
      const values = measured.rounds[unit];
      const costs = [measured[unit], Math.min(...values), Math.max(...values), measured.cpuNs];
      return [[suite, name, ...costs.map((cost) => (cost ? amountText(cost, unit) : ''))]];
    }),
  );
  return table(
    ['suite', 'contender', 'median', 'fastest', 'slowest', 'CPU time'],
    ['left', 'left', 'right', 'right', 'right', 'right'],
    rows,
  );
}

function latencyText(aegis, name, what) {
  const percentiles = ['p50', 'p99', 'p999', 'max'].map((key) => aegis[`${name}_${key}_us`]);
  const [p50, p99, p999, max] = percentiles.map((us) => us.toFixed(2));
  return `${what}: P50 ${p50}, P99 ${p99}, P99.9 ${p999}, max ${max} µs`;
}

const notesOn = {
  record: ({ memory }) => [
    `memory: ${memory.count / 1e6} M records, ${memory.firstMb.toFixed(1)} MB resident at first, ` +
      `${memory.lastMb.toFixed(1)} MB at last, ${memory.maxMb.toFixed(1)} MB at most`,
  ],
  export: ({ aegis }) => [
    `event loop while exporting: P50 ${amountText(aegis.loop_p50_ms, 'ms')}, ` +
      `max ${amountText(aegis.loop_max_ms, 'ms')} (an idle loop shows its resolution, 1 ms)`,
  ],
  context: ({ http: { perSecond, storage, register, rounds } }) => [
    `requests: ${Math.round(perSecond)} /s without register; with AsyncLocalStorage alone ` +
      `${storage.toFixed(2)}×, with register ${register.toFixed(2)}× ` +
      `(${rounds.register.map((share) => share.toFixed(2)).join(' ')})`,
  ],
  monitor: ({ hostile: { manyKeys } }) => [
    `monitor, an object of 1 M keys: ${amountText(manyKeys.firstMs, 'ms')} once, ` +
      `${amountText(manyKeys.meanMs, 'ms')} on average over the ${manyKeys.calls} calls that pay for it`,
  ],
  'ring-file': ({ file_system }) => [`ring files on ${file_system}`],
  threads: ({ aegis }) => [
    latencyText(aegis, 'alone', 'record() alone'),
    latencyText(aegis, 'exporting', 'record() while a thread exports'),
    latencyText(aegis, 'timer', 'in both: two clock readings'),
  ],
};

export function makeReport({ environment, results, details }) {
  const notes = Object.keys(details).flatMap((suite) => notesOn[suite]?.(details[suite]) ?? []);
  const parts = [
    environmentText(environment),
    environment.quick &&
      'Quick run, far too small to measure anything: it shows that the bench works.',
    figuresText(results, environment.quick),
    costsText(details),
    notes.join('\n'),
  ];
  return `${parts.filter(Boolean).join('\n\n')}\n`;
}
