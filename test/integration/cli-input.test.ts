import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileCommand } from '../support/compile-sources.js';
import { openStore } from '../support/store-folder.js';
import { formatExport, makeEvent, makeTestFolder } from '../support/write-export.js';

const folder = makeTestFolder();
afterAll(folder.remove);

const REQUEST = '3f2a9c5b7d1e4f60';
// Exactly this must come back: JSON.parse and jq 1.6 round it.
const EXACT_NS = 2n ** 53n + 1n;
const events = Array.from({ length: 300 }, (_, index) =>
  makeEvent({
    timestampNs: 1_000_000_000n + BigInt(index) * 1_000_000n,
    durationNs: index === 7 ? EXACT_NS : BigInt(index),
    severity: index % 3 === 0 ? 'Error' : 'Info',
    requestId: index % 10 === 0 ? REQUEST : `other-${index}`,
    rationale: 'größer 𝄞',
  }),
);
const text = formatExport(events, {
  clock: '{"steady_ns":1000000000,"wall_ns":1700000000123456789}',
});
folder.write('trace.json', text);
folder.write('trace.json.gz', gzipSync(text));

let command = '';
beforeAll(() => {
  command = compileCommand(folder.path);
}, 60_000);

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a line of bash in which `aegis` is the command, in the folder of the test. */
function bash(line: string, env: Record<string, string> = {}): Promise<Ended> {
  const shim = `aegis() { "${process.execPath}" "${command}" "$@"; }; set -o pipefail; ${line}`;
  const child = spawn('bash', ['-c', shim], {
    cwd: folder.path,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended: Ended = { code: null, stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    ended.stdout += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    ended.stderr += chunk;
  });
  return once(child, 'close').then(([code]) => ({ ...ended, code: code as number }));
}

describe('a stream is read as the file that it comes from', () => {
  it.each([
    ['zcat', 'zcat trace.json.gz | aegis COMMAND - OPTIONS'],
    ['stdin from a file', 'aegis COMMAND - OPTIONS < trace.json'],
    ['gzip on stdin', 'cat trace.json.gz | aegis COMMAND - OPTIONS'],
    ['a gzip file', 'aegis COMMAND trace.json.gz OPTIONS'],
    ['<(…)', 'aegis COMMAND <(cat trace.json) OPTIONS'],
    ['/dev/stdin', 'cat trace.json | aegis COMMAND /dev/stdin OPTIONS'],
    ['a FIFO', 'mkfifo F; cat trace.json > F & aegis COMMAND F OPTIONS; S=$?; rm F; exit $S'],
  ])('%s', async (_, line) => {
    const run = (name: string, options = '') =>
      bash(
        line.replace('COMMAND', name).replace('OPTIONS', options).replaceAll('F', `fifo-${name}`),
      );
    const [query, chain, summary, valid] = await Promise.all([
      run('query', '--json'),
      run('chain', REQUEST),
      run('summary', '--json'),
      run('validate'),
    ]);
    expect(query).toMatchObject({ code: 0, stderr: '300 of 300 events\n' });
    expect(query.stdout).toContain(`"duration_ns":${EXACT_NS}`);
    expect(chain).toMatchObject({ code: 0, stderr: '' });
    expect(chain.stdout).toMatch(/^30 events in 290 ms$/m);
    expect(JSON.parse(summary.stdout)).toMatchObject({ events: 300, metadata: { pid: 123 } });
    expect(valid.stdout).toMatch(/: valid, 300 events\n$/);
  });

  it('a database too, through a temporary file of its owner alone that is gone after', async () => {
    const { store, path } = await openStore();
    const run = {
      run: '00000000-0000-4000-8000-000000000001',
      pid: 1,
      anchors: [{ steadyNs: 0n, wallNs: 1_700_000_000_000_000_000n }],
    };
    await store.append(
      run,
      events.map((event, sequence) => ({ lane: 0, sequence, event })),
    );
    await store.close();
    execFileSync('mkdir', ['-p', join(folder.path, 'tmp')]);
    const env = { TMPDIR: join(folder.path, 'tmp') };
    const piped = await bash(`gzip -c "${path}" | aegis chain - ${REQUEST}`, env);
    expect(piped).toMatchObject({ code: 0, stderr: '' });
    expect(piped.stdout).toMatch(/^30 events in 290 ms$/m);
    expect(readdirSync(env.TMPDIR)).toEqual([]);
  });

  it('cut off by head -c is an error that says where', async () => {
    const [plain, zipped] = await Promise.all([
      bash('head -c 1000 trace.json | aegis summary -'),
      bash('head -c 1000 trace.json.gz | aegis summary -'),
    ]);
    expect(plain).toMatchObject({ code: 2, stdout: '' });
    expect(plain.stderr).toMatch(
      /stdin: byte 1000: expected the rest of an event .* end of the file/,
    );
    expect(zipped).toMatchObject({ code: 2, stdout: '' });
    expect(zipped.stderr).toMatch(/stdin: the gzip data ends too early.*ERR_TRACE_FORMAT/);
  });
});

it('Ctrl-C takes the temporary file away', async () => {
  const tmp = join(folder.path, 'interrupted');
  execFileSync('mkdir', ['-p', tmp]);
  const child = spawn(process.execPath, [command, 'query', '-'], {
    env: { ...process.env, TMPDIR: tmp },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // It may be gone before it has read all of it.
  child.stdin.on('error', () => {});
  child.stdin.write(formatExport(events).slice(0, 20_000));
  child.stdin.write(Buffer.alloc(100_000, ' '));
  // Waits for the file, which is its owner's alone.
  for (;;) {
    const [name] = readdirSync(tmp);
    const inner = name === undefined ? [] : readdirSync(join(tmp, name));
    if (name !== undefined && inner[0] !== undefined) {
      expect(statSync(join(tmp, name)).mode & 0o777).toBe(0o700);
      expect(statSync(join(tmp, name, inner[0])).mode & 0o777).toBe(0o600);
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  child.kill('SIGINT');
  const [, signal] = await once(child, 'close');
  expect(signal).toBe('SIGINT');
  expect(readdirSync(tmp)).toEqual([]);
});

describe('what tools made of an export is read as a selection, and says so', () => {
  const isErrors = 'select(.severity == "Error")';
  it.each([
    ['jq that maps', `jq '.events |= map(${isErrors})' trace.json`, ' of 300'],
    ['jq that keeps the events', `jq '.events | map(${isErrors})' trace.json`, ''],
    ['jq that lists', `jq '.events[] | ${isErrors}' trace.json`, ''],
    ['jq that lists lines', `jq -c '.events[] | ${isErrors}' trace.json`, ''],
    ['jq that sorts names', `jq -S '.events |= map(${isErrors})' trace.json`, ' of 300'],
    ['query --json', 'aegis query trace.json --min-severity error --json 2>/dev/null', ' of 300'],
    [
      'query --json through jq -S',
      'aegis query trace.json --min-severity error --json 2>/dev/null | jq -S .',
      ' of 300',
    ],
  ])('%s', async (_, line, of) => {
    const made = await bash(line);
    expect(made.code).toBe(0);
    const name = `selection-${_.replaceAll(/\W/g, '-')}.json`;
    writeFileSync(join(folder.path, name), made.stdout);
    const [query, summary, valid] = await Promise.all([
      bash(`aegis query ${name} --json`),
      bash(`aegis summary ${name}`),
      bash(`aegis validate ${name}`),
    ]);
    expect(query.stderr).toBe(`100 of 100 events\nthese are a selection: 100${of} events\n`);
    expect(JSON.parse(query.stdout)).toMatchObject({ count: 100 });
    expect(summary).toMatchObject({ code: 0, stderr: '' });
    expect(summary.stdout).toContain(`events      a selection: 100${of} events\n`);
    expect(valid).toMatchObject({ code: 0, stderr: '' });
    expect(valid.stdout).toBe(`${name}: valid, a selection: 100${of} events\n`);
  });

  it('chain --json, whose times are those of the export', async () => {
    const made = `aegis chain trace.json ${REQUEST} --json`;
    const [again, whole] = await Promise.all([
      bash(`${made} | aegis chain - ${REQUEST}`),
      bash(`aegis chain trace.json ${REQUEST}`),
    ]);
    expect(again.stdout).toBe(whole.stdout);
    expect(whole.stdout).toContain('from 2023-11-14T22:13:20.123456789Z');
  });

  it("Python's json.dump, with and without the metadata, indented and with a byte-order mark", async () => {
    const script = `
import json
trace = json.load(open('trace.json', encoding='utf-8'))
json.dump(trace, open('py-whole.json', 'w'), indent=1)
trace['events'] = trace['events'][:50]
json.dump(trace, open('py-some.json', 'w', encoding='utf-8-sig'), ensure_ascii=False)
json.dump(trace['events'], open('py-list.json', 'w'))
json.dump(trace, open('py-16.json', 'w', encoding='utf-16'))
`;
    execFileSync('python3', ['-c', script], { cwd: folder.path });
    const [whole, some, list, wide] = await Promise.all([
      bash('aegis validate py-whole.json'),
      bash('aegis validate py-some.json'),
      bash('aegis query py-list.json --from 1040000000 | tail -n 1'),
      bash('aegis query py-16.json'),
    ]);
    expect(whole.stdout).toBe('py-whole.json: valid, 300 events\n');
    expect(some.stdout).toBe('py-some.json: valid, a selection: 50 of 300 events\n');
    expect(list.stdout).toMatch(/^1049000000steady .*größer 𝄞\n$/);
    expect(wide).toMatchObject({ code: 2, stdout: '' });
    expect(wide.stderr).toMatch(/py-16.json: byte 0: expected UTF-8; got UTF-16/);
  });
});

it('more events than the metadata says are no selection', async () => {
  folder.write('more.json', formatExport(events, { recorded: '299', retained: '299' }));
  const ended = await bash('aegis summary more.json; aegis validate more.json');
  expect(ended.code).toBe(1);
  expect(ended.stderr).toMatch(/number of events, 300; got 299.*ERR_TRACE_FORMAT/);
});

it('names a compression that it does not read', async () => {
  folder.write('trace.xz', Buffer.from('fd377a585a0000', 'hex'));
  const { code, stderr } = await bash('aegis summary trace.xz');
  expect(code).toBe(2);
  expect(stderr).toMatch(/trace.xz is xz data, which is not read: xz -dc FILE \| aegis-trace … -/);
});
