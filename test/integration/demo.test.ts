import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { loadDriver } from '../../src/store/sqlite/sqlite-driver.js';
import { type ChildEnd, runProcess } from '../support/child.js';
import { makeTestFolder } from '../support/write-export.js';

const DEMO = fileURLToPath(new URL('../../scripts/demo/main.mjs', import.meta.url));
const HEADER = 'TIMESTAMP,ContextTokens,GeneratedTokens';
const folder = makeTestFolder();
afterAll(folder.remove);

const demo = (...args: string[]): Promise<ChildEnd> =>
  runProcess(process.execPath, [DEMO, ...args]);

/** So many requests at the same moment, `second` seconds into the trace. */
function rows(second: number, count: number, contextTokens: number, generatedTokens: number) {
  const time = `2023-11-16 18:00:${String(second).padStart(2, '0')}.0000000`;
  return Array.from({ length: count }, () => `${time},${contextTokens},${generatedTokens}`);
}

// Answers eight times longer than predicted: more than can be on time. Then more than can be admitted.
const slow = folder.write(
  'slow.csv',
  [HEADER, ...rows(0, 120, 100, 1_000), ...rows(2, 150, 10, 400)].join('\r\n'),
);
const spread = Array.from({ length: 20 }, (_, index) => rows(2 + index, 1, 100, 10)).flat();
const quick = folder.write('quick.csv', [HEADER, ...rows(1, 80, 2_000, 5), ...spread].join('\n'));

// Four requests keep all workers busy for 20 s and are due after minutes; what arrives meanwhile preempts them.
const long = folder.write('long.csv', [HEADER, ...rows(0, 4, 250_000, 5)].join('\n'));

interface ExportedEvent {
  event_type: string;
  component: string;
  request_id: string;
  model_id: string;
  severity: string;
  rationale: string;
  attributes: Record<string, string>;
}

const readEvents = (file: string): ExportedEvent[] =>
  (JSON.parse(readFileSync(file, 'utf8')) as { events: ExportedEvent[] }).events;

describe('a burst', () => {
  const out = `${folder.path}/burst.json`;
  let end: ChildEnd;
  let events: ExportedEvent[];
  const ofType = (type: string) => events.filter((event) => event.event_type === type);

  it('is replayed, and every chain found complete', async () => {
    end = await demo('--workload', `${slow},${quick},${long}`, '--speed', '25', '--out', out);
    expect(end.stderr).toBe('');
    expect(end.code).toBe(0);
    events = readEvents(out);
    expect(end.stdout).toMatch(/374 requests of 3 models, 2023-11-16 18:00:00 to 18:00:21 UTC/);
    const [, complete, admitted] = /chains +(\d+) of (\d+) complete/.exec(end.stdout) ?? [];
    expect(Number(admitted)).toBeGreaterThan(50);
    expect(complete).toBe(admitted);
  });

  it('shows rejections, preemptions, misses and the chain of a late request', () => {
    expect(ofType('admission_result')).toHaveLength(374);
    expect(new Set(ofType('admission_result').map((event) => event.model_id))).toEqual(
      new Set(['slow', 'quick', 'long']),
    );
    const rejected = ofType('admission_result').filter(
      (event) => event.attributes.result === 'rejected',
    );
    expect(rejected.length).toBeGreaterThan(0);
    for (const { rationale, severity } of rejected) {
      expect(rationale).toMatch(
        /^Rejected: (utilisation \d+\.\d\d above bound 0\.95, |\d+\.\d\d ms past its deadline)/,
      );
      expect(severity).toBe('Warning');
    }
    expect(ofType('preemption').length).toBeGreaterThan(0);
    const misses = ofType('deadline_miss');
    expect(misses.length).toBeGreaterThan(0);
    expect(misses.every(({ severity }) => severity === 'Error')).toBe(true);
    const [, shown = ''] = /The story of a late request.*\n\n {2}request ([0-9a-f]{32})\n/.exec(
      end.stdout,
    ) ?? [''];
    expect(misses.map((event) => event.request_id)).toContain(shown);
    expect(end.stdout).toContain(`npx aegis-trace chain ${folder.path}/burst.db ${shown}`);
  });

  it('O7, M6: tells the story of that request: decisions, calls as a tree and log lines, in time order', () => {
    const [, story = ''] =
      /request [0-9a-f]{32}\n\n +ms\n([\s\S]*?)\n\nResult/.exec(end.stdout) ?? [];
    const lines = story.split('\n');
    const times = lines.flatMap((line) => /^ +(\d+\.\d{3}) {2}/.exec(line)?.[1] ?? []).map(Number);
    expect(times.length).toBeGreaterThan(10);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(story).toMatch(/ call {6}Admission\.admit\(.*\) took .* → admitted/);
    expect(story).toMatch(/ call {8}Admission\.estimate\(/);
    expect(story).toMatch(/ call {6}Worker\.run\(\)/);
    expect(story).toMatch(/ decision +Deadline passed /);
    expect(story).toMatch(/ log +INFO request received /);
    expect(story).toMatch(/ log +WARN deadline passed/);
    for (const line of end.stdout.split('\n')) {
      // Paths are as long as they are.
      if (!line.includes(folder.path)) expect(line.length).toBeLessThanOrEqual(100);
    }
  });

  it('has every thread log into one file, each line with the id of its request', () => {
    const lines = readFileSync(`${folder.path}/burst.log`, 'utf8').trimEnd().split('\n');
    const requests = new Set(events.map((event) => event.request_id));
    const logged = lines.map((line) => JSON.parse(line) as { operation_id: string; name: string });
    expect(new Set(logged.map((line) => line.operation_id))).toEqual(requests);
    expect(new Set(logged.map((line) => line.name))).toEqual(
      new Set(['Admission', 'Scheduler', 'Worker']),
    );
  });

  it('has calls of every decision', () => {
    const calls = ofType('function_call').map((event) => event.attributes.process);
    const of = (process: string) => calls.filter((name) => name === process).length;
    expect(of('Admission.admit')).toBe(374);
    expect(of('Scheduler.place')).toBe(ofType('scheduling_decision').length);
    expect(of('Scheduler.complete')).toBe(ofType('completion').length);
  });

  it('is scheduled by earliest deadline first, late requests last', () => {
    interface Request {
      deadline: bigint;
      isLate: boolean;
      isWaiting: boolean;
    }
    const requests = new Map<string, Request>();
    // All of these are recorded by the scheduler's thread, so their order is that of its decisions.
    for (const { event_type, request_id, attributes } of events) {
      if (event_type === 'admission_result' && attributes.result === 'admitted') {
        const deadline = BigInt(attributes.deadline_ns ?? '');
        requests.set(request_id, { deadline, isLate: false, isWaiting: true });
      }
      const request = requests.get(request_id);
      if (request === undefined) continue;
      if (event_type === 'deadline_miss') request.isLate = true;
      if (event_type === 'preemption') request.isWaiting = true;
      if (event_type !== 'scheduling_decision') continue;
      request.isWaiting = false;
      const better = [...requests.values()].filter(({ deadline, isLate, isWaiting }) => {
        if (!isWaiting) return false;
        return isLate === request.isLate ? deadline < request.deadline : request.isLate;
      });
      expect(better).toEqual([]);
    }
  });

  it('P1, P2: stores in the database what the ring has, errors acknowledged', () => {
    const count = (number: number) => number.toLocaleString('en-US');
    expect(end.stdout).toContain(
      `${folder.path}/burst.db, ${count(events.length)} events, each as in the ring; 0 lost`,
    );
    expect(end.stdout).toContain(`${count(ofType('deadline_miss').length)} errors acknowledged`);
  });

  it('leaves a trace in which every thread has its part', () => {
    const components = ['Admission', 'Scheduler', 'Worker'];
    expect([...new Set(events.map((event) => event.component))].sort()).toEqual(components);
    const workers = new Set(ofType('work_quantum').map((event) => event.attributes.worker));
    expect(workers).toEqual(new Set(['1', '2', '3', '4']));
  });
});

it('says what it could not check when the ring is too small', async () => {
  const out = `${folder.path}/small.json`;
  const even = Array.from({ length: 50 }, (_, second) => rows(second, 1, 100, 10));
  const steady = folder.write('steady.csv', [HEADER, ...even.flat()].join('\n'));
  const args = ['--workload', steady, '--seconds', '1', '--workers', '1', '--capacity', '120'];
  const { code, stdout } = await demo(...args, '--out', out);
  expect(stdout).toMatch(/[1-9]\d* more were admitted before the oldest event retained/);
  expect(stdout).toMatch(/chains +\d of \d complete|chains +1\d of 1\d complete/);
  // The pipeline has taken what the ring has dropped since, or counted it.
  expect(stdout).toMatch(/small\.db, [\d,]+ events, each as in the ring; [\d,]+ lost/);
  expect(code).toBe(0);
});

it('fails when the ring is too small for one chain', async () => {
  // One request, which is admitted: two events are the whole story of one that is turned away.
  const one = folder.write('tiny.csv', `${HEADER}\n2023-11-16 18:00:00,0,0`);
  const args = ['--workload', one, '--speed', '1', '--capacity', '2'];
  const { code, stderr } = await demo(...args, '--out', `${folder.path}/tiny.json`);
  expect(stderr).toContain('the ring is too small to hold one whole chain');
  expect(code).toBe(1);
});

it('records the calls of some requests, whole, when asked to', async () => {
  const out = `${folder.path}/sampled.json`;
  const args = ['--workload', quick, '--seconds', '1', '--sample-rate', '0.5', '--out', out];
  const { code, stdout, stderr } = await demo(...args);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout).toMatch(/of 50\.0 % of the requests/);
  const calls = readEvents(out).filter((event) => event.event_type === 'function_call');
  const admitted = calls.filter((event) => event.attributes.process === 'Admission.admit').length;
  expect(admitted).toBeGreaterThan(10);
  expect(admitted).toBeLessThan(90);
});

it('runs a single request', async () => {
  const one = folder.write('one.csv', `${HEADER}\n2023-11-16 18:00:00,0,0`);
  const out = `${folder.path}/one.json`;
  const { code, stdout } = await demo('--workload', one, '--speed', '1', '--out', out);
  expect(stdout).toMatch(/chains +1 of 1 complete/);
  expect(code).toBe(0);
});

describe('exit 2', () => {
  const malformed = folder.write('malformed.csv', `${HEADER}\n${rows(0, 1, 1, 1)}\n1,2,3\n`);

  it.each([
    [['--workload', malformed], `${malformed}:3: expected a UTC time`],
    [['--workload', `${slow},${malformed}`], `${malformed}:3: `],
    [['--workload', `${folder.path}/none.csv`], 'cannot read the workload: ENOENT'],
    [['--workload', folder.path], 'cannot read the workload: EISDIR'],
    [['--workload', `${slow},${slow}`], 'two workload files are named slow'],
    [['--workload', ''], '--workload must be FILE[,FILE]; got ""'],
    [['--workers', '0'], '--workers must be an integer from 1 to 64; got "0"'],
    [['--sample-rate', '2'], '--sample-rate must be a number from 0 to 1; got "2"'],
    [['--speed', 'fast'], '--speed must be a number from'],
    [['--speed', '1', '--seconds', '1'], '--speed and --seconds'],
    [['--out', '/no/such/folder/x.json'], '--out must be a file in a folder that exists'],
    [['--crash', '0'], '--crash must be a number from 0.01'],
    [['--colour'], "Unknown option '--colour'"],
    [['trace.csv'], "Unexpected argument 'trace.csv'"],
  ])('for %j', async (args, message) => {
    const { code, stdout, stderr } = await demo(...args);
    expect(stderr).toContain(`aegis-trace: ${message}`);
    expect(stderr.trimEnd()).not.toContain('\n');
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});

it('leaves a database of another program alone', async () => {
  const { DatabaseSync } = await loadDriver();
  const database = new DatabaseSync(`${folder.path}/other.db`);
  database.exec('CREATE TABLE theirs (id); INSERT INTO theirs VALUES (1)');
  database.close();
  const before = readFileSync(`${folder.path}/other.db`);
  const out = `${folder.path}/other.json`;
  const { code, stderr } = await demo('--workload', quick, '--out', out);
  expect(stderr).toMatch(/^aegis-trace: cannot begin the database: .* of another program/);
  expect(code).toBe(2);
  expect(readFileSync(`${folder.path}/other.db`).equals(before)).toBe(true);
});

it('explains its options', async () => {
  const { code, stdout } = await demo('--help');
  expect(stdout).toMatch(/^Usage: npm start -- \[options\]/);
  expect(code).toBe(0);
});
